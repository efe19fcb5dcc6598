"""A LeRobot camera without a lens."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from lerobot.cameras import Camera, CameraConfig
from numpy.typing import NDArray


@CameraConfig.register_subclass("fake_camera")
@dataclass(kw_only=True)
class FakeCameraConfig(CameraConfig):  # type: ignore[misc]
    """Its size is the announced one."""

    fps: int | None = 30
    width: int | None = 6
    height: int | None = 4


class FakeCamera(Camera):  # type: ignore[misc]
    """Stand-in for a camera's driver.

    Attributes:
        picture: uint8[height, width, 3]; what it sees, rgb.
        age_s: how old its newest picture is.
        is_missing: it cannot be opened.
        is_broken: it cannot be read.
        slow_starts: so many times it is opened without a picture in time.
    """

    def __init__(self, config: FakeCameraConfig | None = None) -> None:
        """See a grey wall."""
        config = config or FakeCameraConfig()
        super().__init__(config)
        size_px = (config.height or 0, config.width or 0)
        self.picture: NDArray[np.uint8] = np.full((*size_px, 3), 128, dtype=np.uint8)
        self.age_s = 0.0
        self.is_missing = False
        self.is_broken = False
        self.slow_starts = 0
        self._is_connected = False

    @property
    def latest_timestamp(self) -> float:
        """Return when its newest picture was taken, as LeRobot's cameras do."""
        return time.perf_counter() - self.age_s

    @property
    def is_connected(self) -> bool:
        """Say whether it is open."""
        return self._is_connected

    @staticmethod
    def find_cameras() -> list[dict[str, Any]]:
        """Return that there is none."""
        return []

    def connect(self, warmup: bool = True) -> None:
        """Open it."""
        if self._is_connected:
            raise RuntimeError("already connected")
        self._is_connected = True
        if self.is_missing:
            raise ConnectionError("no such camera")
        if self.slow_starts:
            self.slow_starts -= 1
            raise TimeoutError("no picture in time")

    def read(self) -> NDArray[np.uint8]:
        """Return the picture."""
        if self.is_broken:
            raise RuntimeError("read thread is not running")
        return self.picture

    def async_read(self, timeout_ms: float = 200) -> NDArray[np.uint8]:
        """Return the picture."""
        return self.read()

    def read_latest(self, max_age_ms: int = 500) -> NDArray[np.uint8]:
        """Return the picture, unless it is too old."""
        if 1000.0 * self.age_s > max_age_ms:
            raise TimeoutError("latest frame is too old")
        return self.read()

    def disconnect(self) -> None:
        """Close it."""
        self._is_connected = False
