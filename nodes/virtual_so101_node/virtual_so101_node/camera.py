"""The cameras of the table: drawn, and sent over ZeroMQ as LeRobot's network cameras do."""

import base64
import io
import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

import mujoco
import numpy as np
import zmq
from numpy.typing import NDArray
from PIL import Image

from dora_hil.display.renderer import CameraConfig, CameraRenderer
from dora_hil.errors import UserError
from virtual_so101_node.physics import Physics
from virtual_so101_node.scene import CAMERAS

PERIOD_S: Final = 1 / 30

type Pictures = Mapping[str, NDArray[np.uint8]]


class Eyes:
    """Draws the cameras, all in the thread that asks first."""

    def __init__(self, physics: Physics) -> None:
        """Look; OpenGL is opened by the first look."""
        self._physics = physics
        self._data = mujoco.MjData(physics.model)
        self._renderer: CameraRenderer | None = None

    def look(self) -> Pictures:
        """Return what they see now, by name: uint8[128, 128, 3], rgb.

        Raises:
            RenderError: there is no OpenGL.
        """
        if self._renderer is None:
            cameras = {name: CameraConfig(camera) for name, camera in CAMERAS.items()}
            self._renderer = CameraRenderer(self._physics.model, cameras)
        self._physics.show(self._data)
        return self._renderer.render(self._data)


class CameraServer:
    """Sends every camera's picture thirty times a second, in its own thread.

    Attributes:
        port: that `ZMQCameraConfig.port` has to name, for each of them.
        is_frozen: nothing is sent for as long as this is true.
    """

    def __init__(self, look: Callable[[], Pictures], port: int = 0) -> None:
        """Listen on this machine; nothing is sent before `start`.

        Args:
            look: returns the present pictures by name; called in the thread that sends them.
            port: 0 takes a free one.

        Raises:
            zmq.ZMQError: the port is taken.
        """
        self._look = look
        self._context = zmq.Context()
        self._socket: zmq.Socket[bytes] = self._context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        # A slow listener gets the newest pictures, not all of them.
        self._socket.setsockopt(zmq.SNDHWM, 2)
        try:
            self._socket.bind(f"tcp://127.0.0.1:{port or '*'}")
        except zmq.ZMQError:
            self._context.destroy()
            raise
        self.port = int(self._socket.getsockopt_string(zmq.LAST_ENDPOINT).rpartition(":")[2])
        self.is_frozen = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Send no more; the port is free then."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()
        # ZeroMQ gives the port back in a thread of its own, which this waits for.
        self._context.term()

    def _run(self) -> None:
        listeners = 0
        while not self._stopped.wait(PERIOD_S):
            # Whoever begins to listen says 1, and 0 when it ends.
            while self._socket.poll(0):
                listeners += 1 if self._socket.recv()[0] else -1
            if not listeners or self.is_frozen:
                continue
            try:
                self._socket.send_string(message(self._look()))
            except UserError as error:
                print(f"virtual-so101: no pictures: {error}", file=sys.stderr, flush=True)
                return


def message(pictures: Pictures) -> str:
    """Return pictures as LeRobot's ZMQ camera reads them; each picks its own by the name."""
    now_s = time.time()
    return json.dumps(
        {
            "timestamps": dict.fromkeys(pictures, now_s),
            "images": {name: _jpeg(picture) for name, picture in pictures.items()},
        }
    )


def _jpeg(picture: NDArray[np.uint8]) -> str:
    buffer = io.BytesIO()
    # LeRobot's server and client both leave rgb to OpenCV, which takes it for bgr: on the line red
    # and blue are exchanged.
    Image.fromarray(picture[..., ::-1]).save(buffer, "JPEG", quality=90)
    return base64.b64encode(buffer.getvalue()).decode()
