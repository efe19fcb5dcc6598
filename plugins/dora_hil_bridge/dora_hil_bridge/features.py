"""A body's columns as LeRobot's robots have them: one name per number, one shape per camera."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from numpy.typing import NDArray

STATE: Final = ("observation.state", "observation.environment_state")
"""The vectors whose numbers become the robot's, in this order."""

_IMAGES = "observation.images."
_ACTION = "action."


class FeatureError(ValueError):
    """What is asked of a body that it does not have; the text says what it has."""


def feature_name(name: str) -> str:
    """Return a number's name in LeRobot, whose rollout sees only ``.pos`` and ``.vel``."""
    return name if name.endswith((".pos", ".vel")) else f"{name}.pos"


@dataclass(frozen=True)
class BodyFeatures:
    """What a body shows and takes.

    Attributes:
        body: its kind, for instance ``gym_hil``.
        action_spaces: what it accepts.
        numbers: the features' names of each vector, by column.
        cameras: (height, width, 3) of each camera, by its short name.
    """

    body: str
    action_spaces: tuple[str, ...]
    numbers: Mapping[str, tuple[str, ...]]
    cameras: Mapping[str, tuple[int, ...]]

    @staticmethod
    def of(
        body: str, action_spaces: Sequence[str], columns: Mapping[str, Mapping[str, Any]]
    ) -> "BodyFeatures":
        """Read a body's own description, with `shape` and `names` of each column.

        Raises:
            FeatureError: the numbers of a vector have no names of their own.
        """
        vectors = {name: c for name, c in columns.items() if name in STATE or _is_action(name)}
        for name, column in vectors.items():
            if [len({*column["names"]})] != list(column["shape"]):
                raise FeatureError(
                    f"the body {body!r}: {name} has the shape {list(column['shape'])} "
                    f"and the names {', '.join(column['names']) or 'none'}"
                )
        return BodyFeatures(
            body,
            tuple(action_spaces),
            {name: tuple(map(feature_name, column["names"])) for name, column in vectors.items()},
            {
                name.removeprefix(_IMAGES): tuple(column["shape"])
                for name, column in columns.items()
                if name.startswith(_IMAGES)
            },
        )

    def observation(self) -> dict[str, Any]:
        """Return LeRobot's `observation_features`."""
        return {**dict.fromkeys(self._state_names(), float), **self.cameras}

    def action(self, space: str) -> dict[str, type]:
        """Return LeRobot's `action_features` in an action space.

        Raises:
            FeatureError: the body does not accept it.
        """
        return dict.fromkeys(self._action_names(space), float)

    def read(self, arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
        """Return a step's columns (float32 vectors, uint8 pictures) as LeRobot's observation."""
        vectors = [arrays[name] for name in STATE if name in self.numbers]
        numbers = [float(number) for vector in vectors for number in vector]
        pictures = {name: arrays[f"{_IMAGES}{name}"] for name in self.cameras}
        return {**dict(zip(self._state_names(), numbers, strict=True)), **pictures}

    def write(self, space: str, action: Mapping[str, Any]) -> dict[str, float]:
        """Return LeRobot's action as an action of the body: its numbers in order, by name.

        Raises:
            FeatureError: some are missing, or no number.
        """
        names = self._action_names(space)
        missing = [name for name in names if name not in action]
        if missing:
            raise FeatureError(
                f"an action in {space} needs {', '.join(names)}; got {', '.join(action) or 'none'}"
            )
        numbers = {name: float(action[name]) for name in names}
        if not all(map(math.isfinite, numbers.values())):
            raise FeatureError(f"an action must be finite, got {numbers}; the arm holds still")
        return numbers

    def _state_names(self) -> list[str]:
        return [name for column in STATE for name in self.numbers.get(column, ())]

    def _action_names(self, space: str) -> tuple[str, ...]:
        if space not in self.action_spaces:
            accepted = ", ".join(self.action_spaces)
            raise FeatureError(f"action_space {space!r}: the body {self.body!r} accepts {accepted}")
        return self.numbers[f"{_ACTION}{space}"]


def _is_action(name: str) -> bool:
    return name.startswith(_ACTION)
