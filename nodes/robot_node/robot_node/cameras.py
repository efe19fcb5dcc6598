"""A robot's cameras: LeRobot's, each read in its own thread."""

import contextlib
import time
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from lerobot.cameras import Camera, ColorMode
from lerobot.robots import Robot
from numpy.typing import NDArray

from dora_hil.body.environment import BodyFaultError
from dora_hil.config import ConfigError
from dora_hil.errors import one_line
from dora_hil.stream.spec import ColumnSpec

ATTEMPTS: Final = 3
"""LeRobot gives a camera a second for its first picture; a busy machine may need longer."""

_ANY_AGE_MS: Final = 10**9


class Cameras:
    """The newest picture of each camera, and how old it is.

    Attributes:
        specs: by column, `observation.images.<name>`.
        frame_age_ms: of the oldest picture of the last `read`; None without cameras.
    """

    def __init__(self, cameras: Mapping[str, Camera], max_age_s: float) -> None:
        """Take cameras that are not connected yet; a picture older than `max_age_s` is a fault.

        Raises:
            ConfigError: one gives its colours in another order than everybody reads them in.
        """
        for name, camera in cameras.items():
            mode = getattr(camera, "color_mode", ColorMode.RGB)
            if mode != ColorMode.RGB:
                raise ConfigError(
                    f"env.robot.cameras.{name}.color_mode: accepted: rgb, as pictures are recorded "
                    f"and shown, got {ColorMode(mode).value}"
                )
        self._cameras = dict(cameras)
        self._max_age_s = max_age_s
        self.specs = {
            f"observation.images.{name}": ColumnSpec.image(camera.height, camera.width)
            for name, camera in cameras.items()
        }
        self.frame_age_ms: float | None = None

    @classmethod
    def of(cls, robot: Robot, max_age_s: float) -> "Cameras":
        """Take a robot's cameras away from it.

        A robot reads joints and cameras in one call, which fails as a whole where a camera is slow.

        Raises:
            ConfigError: see `Cameras`.
        """
        own = {n: c for n, c in getattr(robot, "cameras", {}).items() if isinstance(c, Camera)}
        if own:
            robot.cameras = {}
        return cls(own, max_age_s)

    def connect(self) -> None:
        """Open every camera and wait for its first picture.

        Raises:
            BodyFaultError: one is not there.
        """
        for name, camera in self._cameras.items():
            try:
                _open(camera)
            except Exception as error:  # Each driver has its own types.
                self.disconnect()
                raise BodyFaultError(
                    f"camera {name}: {one_line(error)}; lerobot-find-cameras lists what there is"
                ) from None

    def read(self) -> dict[str, NDArray[np.uint8]]:
        """Return the newest pictures by column, rgb, HWC.

        Raises:
            BodyFaultError: one has no new picture for too long, or not as announced.
        """
        pictures: dict[str, NDArray[np.uint8]] = {}
        ages_s = []
        for name, camera in self._cameras.items():
            column = f"observation.images.{name}"
            try:
                picture = camera.read_latest(max_age_ms=_ANY_AGE_MS)
            except Exception as error:  # As above.
                raise BodyFaultError(f"camera {name}: {one_line(error)}") from None
            age_s = time.perf_counter() - _captured_s(camera)
            if age_s > self._max_age_s:
                raise BodyFaultError(
                    f"camera {name}: no new picture for {age_s:.1f} s; check its cable"
                )
            if picture.shape != self.specs[column].shape:
                raise BodyFaultError(
                    f"camera {name}: its pictures are {picture.shape}, but the config says "
                    f"{self.specs[column].shape}"
                )
            pictures[column] = picture
            ages_s.append(age_s)
        self.frame_age_ms = 1000.0 * max(ages_s) if ages_s else None
        return pictures

    def disconnect(self) -> None:
        """Close every camera."""
        for camera in self._cameras.values():
            _close(camera)


def _open(camera: Camera) -> None:
    """Open a camera; raises what its driver raised the last time."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            camera.connect(warmup=True)
            return
        except Exception:
            _close(camera)
            if attempt == ATTEMPTS:
                raise


def _close(camera: Camera) -> None:
    # One that has failed may fail here too; there is nothing more to be done with it.
    with contextlib.suppress(Exception):
        if camera.is_connected:
            camera.disconnect()


def _captured_s(camera: Any) -> float:
    """Return when a camera's newest picture was taken, `time.perf_counter()`."""
    captured_s: float | None = getattr(camera, "latest_timestamp", None)
    return time.perf_counter() if captured_s is None else captured_s
