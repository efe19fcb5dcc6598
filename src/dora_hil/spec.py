"""The description that every `episode` message carries of itself.

A recorder creates a dataset's features, and a policy checks that it fits, from the first
message alone: nobody builds an environment to learn the shape of its observations.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from dora_hil.actions import EE_NAMES, EE_UNITS, ActionSpace


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
        advance: who begins and keeps an episode, as in `dora_hil.episode.Advance`; empty where
            the body has not said.
    """

    task: str
    body: str
    action_spaces: tuple[str, ...]
    columns: Mapping[str, ColumnSpec] = field(default_factory=dict)
    max_steps: int = 0
    advance: str = ""

    @cached_property
    def json(self) -> str:
        """Return the text that travels in the metadata."""
        columns = {
            name: {"shape": c.shape, "names": c.names, "units": c.units, "dtype": c.dtype}
            for name, c in self.columns.items()
        }
        return json.dumps(
            {
                "task": self.task,
                "body": self.body,
                "action_spaces": self.action_spaces,
                "columns": columns,
                "max_steps": self.max_steps,
                "advance": self.advance,
            }
        )

    @staticmethod
    @lru_cache(maxsize=16)
    def from_json(text: str) -> "StreamSpec":
        """Read `json` again; the same text is parsed once."""
        raw = json.loads(text)
        return StreamSpec(
            task=raw["task"],
            body=raw["body"],
            action_spaces=tuple(raw["action_spaces"]),
            columns={
                name: ColumnSpec(
                    tuple(c["shape"]), tuple(c["names"]), tuple(c["units"]), c["dtype"]
                )
                for name, c in raw["columns"].items()
            },
            max_steps=raw.get("max_steps", 0),
            advance=raw.get("advance", ""),
        )


def ee_action_columns() -> dict[str, ColumnSpec]:
    """Describe `action.ee_delta` and `action.ee_absolute`."""
    return {
        f"action.{space}": ColumnSpec((4,), EE_NAMES[space], EE_UNITS[space])
        for space in (ActionSpace.EE_DELTA, ActionSpace.EE_ABSOLUTE)
    }
