"""The description that every `episode` message carries of itself.

A recorder creates a dataset's features, and a policy checks that it fits, from the first
message alone: nobody builds an environment to learn the shape of its observations.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from dora_hil.stream.actions import (
    EE_NAMES,
    EE_UNITS,
    GRIPPER_STAY,
    ActionError,
    ActionSpace,
    Float32Array,
)

Columns = Mapping[str, NDArray[Any]]
"""Arrays by column name: `observation.*` and `privileged.*`, shapes as in the `StreamSpec`."""


@dataclass(frozen=True)
class ColumnSpec:
    """One column of a message.

    Attributes:
        shape: the array's shape; images are (height, width, channels), rgb.
        names: one per number of a vector, or one per axis of an image.
        units: one per name, or empty.
        dtype: numpy's name of the element type.
    """

    shape: tuple[int, ...]
    names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    dtype: str = "float32"

    @staticmethod
    def image(height_px: int, width_px: int) -> "ColumnSpec":
        """Describe an rgb picture."""
        return ColumnSpec(
            (height_px, width_px, 3), names=("height", "width", "channels"), dtype="uint8"
        )


@dataclass(frozen=True)
class StreamSpec:
    """What a body's `episode` stream consists of.

    Attributes:
        task: what is to be done, in words that a policy may read.
        body: the kind of body, for instance ``gym_hil``.
        action_spaces: what the body accepts as an action.
        columns: every array column by name; the scalar columns are the same everywhere.
        max_steps: an episode is cut off after so many; 0 for no limit.
        advance: who begins and keeps an episode, as in `dora_hil.body.episode.Advance`; empty where
            the body has not said.
    """

    task: str
    body: str
    action_spaces: tuple[str, ...]
    columns: Mapping[str, ColumnSpec] = field(default_factory=dict)
    max_steps: int = 0
    advance: str = ""

    def completed(self, space: ActionSpace, value: Float32Array) -> Float32Array:
        """Return an action as an arm takes it: with a gripper that stays, where none is used.

        Args:
            space: how the numbers are meant; one that the arm does not know is left to the arm.
            value: float32[n] as it was received.

        Raises:
            ActionError: it has more or fewer numbers than that space.
        """
        whole = EE_NAMES.get(space, ())
        column = self.columns.get(f"action.{space}")
        named = whole if column is None else column.names
        size = len(named) if column is None else column.shape[0]
        if not size or len(value) in (size, len(whole) or size):
            is_short = size <= len(value) < len(whole)
            return np.append(value, np.float32(GRIPPER_STAY)) if is_short else value
        sizes = " or ".join(str(n) for n in dict.fromkeys((size, len(whole) or size)))
        raise ActionError(
            f"an action in {space} has {sizes} numbers here ({', '.join(named)}), got {len(value)}"
        )

    def reported(self, executed: Mapping[str, Float32Array]) -> dict[str, Float32Array]:
        """Return what was executed as it is published: without a gripper that is not used."""
        columns = {space: self.columns.get(f"action.{space}") for space in executed}
        return {
            space: value[: column.shape[0]] if (column := columns[space]) else value
            for space, value in executed.items()
        }

    @cached_property
    def json(self) -> str:
        """Return the text that travels in the metadata."""
        return json.dumps(asdict(self))

    @staticmethod
    @lru_cache(maxsize=16)
    def from_json(text: str) -> "StreamSpec":
        """Read `json` again; the same text is parsed once."""
        return _ADAPTER.validate_json(text)


_ADAPTER = TypeAdapter(StreamSpec)


def ee_action_columns(*, use_gripper: bool = True) -> dict[str, ColumnSpec]:
    """Describe `action.ee_delta` and `action.ee_absolute`; without a gripper they are shorter."""
    size = 4 if use_gripper else 3
    return {
        f"action.{space}": ColumnSpec((size,), EE_NAMES[space][:size], EE_UNITS[space][:size])
        for space in (ActionSpace.EE_DELTA, ActionSpace.EE_ABSOLUTE)
    }
