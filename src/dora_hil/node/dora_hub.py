"""The same observation as dora-hub's nodes expect it: flat pictures, joint positions."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dora_hil.node.node import NodePort
from dora_hil.stream.timestep import TimeStep

_PREFIX = "observation.images."


class DoraHubOutputs:
    """Sends `image_<camera>` and `jointstate` where the YAML declares them."""

    def __init__(self, port: NodePort) -> None:
        """Send on this node's outputs."""
        self._port = port

    def send_images(self, timestep: TimeStep) -> None:
        """Send every camera's picture as a flat uint8 array, rgb8."""
        for name, image in timestep.columns.items():
            if not name.startswith(_PREFIX):
                continue
            output = f"image_{name.removeprefix(_PREFIX)}"
            if output in self._port.outputs:
                metadata: dict[str, Any] = {
                    "primitive": "image",
                    "encoding": "rgb8",
                    "width": int(image.shape[1]),
                    "height": int(image.shape[0]),
                }
                self._port.send_array(output, pa.array(image.reshape(-1)), metadata)

    def send_joints(self, joint_pos_rad: NDArray[np.float64]) -> None:
        """Send the arm's joint positions, radians."""
        if "jointstate" in self._port.outputs:
            metadata = {"primitive": "jointstate", "encoding": "jointstate"}
            value = pa.array(joint_pos_rad.astype(np.float32))
            self._port.send_array("jointstate", value, metadata)
