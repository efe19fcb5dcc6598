"""The virtual arm's camera: pictures over ZeroMQ, as LeRobot's network cameras send them."""

import base64
import io
import json
import threading
import time
from collections.abc import Callable
from typing import Final

import numpy as np
import zmq
from numpy.typing import NDArray
from PIL import Image

PERIOD_S: Final = 1 / 30

type Draw = Callable[[], NDArray[np.uint8]]
"""Returns the present picture, rgb."""


class CameraServer:
    """Sends a picture thirty times a second, in its own thread.

    Attributes:
        port: that `ZMQCameraConfig.port` has to name.
        is_frozen: nothing is sent for as long as this is true.
    """

    def __init__(self, draw: Draw, port: int = 0) -> None:
        """Listen on this machine, by default on a free port; nothing is sent before `start`.

        Raises:
            zmq.ZMQError: the port is taken.
        """
        self._draw = draw
        self._context = zmq.Context()
        self._socket: zmq.Socket[bytes] = self._context.socket(zmq.PUB)
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
        while not self._stopped.wait(PERIOD_S):
            if not self.is_frozen:
                self._socket.send_string(message(self._draw()))


def message(picture: NDArray[np.uint8]) -> str:
    """Return a picture as LeRobot's ZMQ camera reads it."""
    buffer = io.BytesIO()
    # LeRobot's server and client both leave rgb to OpenCV, which takes it for bgr: on the line red
    # and blue are exchanged.
    Image.fromarray(picture[..., ::-1]).save(buffer, "JPEG", quality=90)
    encoded = base64.b64encode(buffer.getvalue()).decode()
    return json.dumps({"timestamps": {"front": time.time()}, "images": {"front": encoded}})
