"""Whether columns of a dataset or a policy are those of a body."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dora_hil.actions import ActionSpace
from dora_hil.spec import ColumnSpec, StreamSpec
from lerobot_node.dataset.features import FeatureError, dataset_fps


@dataclass(frozen=True)
class Side:
    """What is held against a body.

    Attributes:
        name: what to call it in an error.
        way_out: what a person can do where it does not fit.
    """

    name: str
    way_out: str

    def check_fps(self, fps: int, control_dt_s: float) -> None:
        """Check the rate.

        Raises:
            FeatureError: the body steps at another one, or at no whole one.
        """
        body_fps = dataset_fps(control_dt_s, None)
        if fps != body_fps:
            raise FeatureError(
                f"fps: {self.name} has {fps}, the body steps at {body_fps} Hz; {self.way_out}"
            )

    def check_column(self, name: str, wanted: ColumnSpec, spec: StreamSpec) -> None:
        """Check that the body gives a column.

        Raises:
            FeatureError: it does not, or with another shape or other names.
        """
        given = spec.columns.get(name)
        if given is None or not is_same(wanted, given):
            raise FeatureError(
                f"feature {name!r}: {self.name} has {_say(wanted)}, the body {spec.body!r} gives "
                f"{_say(given) if given else 'none'}; {self.way_out}"
            )

    def find_space(self, action: ColumnSpec, spec: StreamSpec) -> ActionSpace:
        """Return the action space of the body that has these dimensions.

        Raises:
            FeatureError: none has.
        """
        accepted = accepted_spaces(spec)
        for space, column in accepted.items():
            if is_same(action, column):
                return space
        accepts = ", ".join(f"{space} {_say(column)}" for space, column in accepted.items())
        raise FeatureError(
            f"feature 'action': {self.name} has {_say(action)}, the body {spec.body!r} accepts: "
            f"{accepts or 'none'}; {self.way_out}"
        )


def accepted_spaces(spec: StreamSpec) -> dict[ActionSpace, ColumnSpec]:
    """Return the action spaces that a body accepts and reports."""
    return {
        ActionSpace(space): spec.columns[f"action.{space}"]
        for space in spec.action_spaces
        if f"action.{space}" in spec.columns
    }


def column_of(feature: Mapping[str, Any]) -> ColumnSpec:
    """Return a LeRobot feature as a column."""
    return ColumnSpec(tuple(feature["shape"]), tuple(feature.get("names") or ()))


def is_same(wanted: ColumnSpec, given: ColumnSpec) -> bool:
    """Compare shapes and the names of the dimensions."""
    return (wanted.shape, wanted.names) == (given.shape, given.names)


def _say(column: ColumnSpec) -> str:
    return f"{list(column.shape)}" + (f" ({', '.join(column.names)})" if column.names else "")
