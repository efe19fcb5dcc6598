"""What the page shows of one step, packed once for all viewers."""

import io
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

JPEG_QUALITY = 85


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One step.

    Attributes:
        frame: counts what the node has seen.
        t_capture_ns: `time.monotonic_ns()` when the pictures were taken, on the body's machine.
        state: what the page shows as text, JSON.
        pictures: by camera: uint8[height, width, 3], rgb.
    """

    frame: int
    t_capture_ns: int
    state: Mapping[str, Any]
    pictures: Mapping[str, NDArray[np.uint8]]

    @cached_property
    def packed(self) -> bytes:
        """Return the length of the head (uint32, little-endian), the head (JSON), the JPEGs."""
        jpegs = {name: _jpeg(picture) for name, picture in self.pictures.items()}
        head = json.dumps(
            {
                "frame": self.frame,
                "state": self.state,
                "pictures": [[name, len(data)] for name, data in jpegs.items()],
            }
        ).encode()
        return struct.pack("<I", len(head)) + head + b"".join(jpegs.values())


def _jpeg(picture: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "jpeg", quality=JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()
