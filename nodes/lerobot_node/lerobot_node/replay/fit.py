"""Whether a body can replay a dataset, and what of it can be compared."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dora_hil.actions import ActionSpace
from dora_hil.spec import ColumnSpec, StreamSpec
from dora_hil.timestep import TimeStep
from lerobot_node.dataset.features import FeatureError, Features, dataset_fps

_WAY_OUT = "replay it on a body with the config it was recorded with"


@dataclass(frozen=True)
class Fit:
    """What a dataset and a body have in common.

    Attributes:
        space: how the recorded actions are meant.
        vectors: what is compared number by number: `action`, the vectors of `observation.*`.
        cameras: the pictures that can be compared, by column name.
        left_out: the dataset's pictures that the body does not give in that size.
    """

    space: ActionSpace
    vectors: Mapping[str, ColumnSpec]
    cameras: tuple[str, ...]
    left_out: tuple[str, ...]

    def without_pictures(self) -> "Fit":
        """Return the same for numbers alone."""
        return replace(self, cameras=(), left_out=())


def check_fit(features: Features, fps: int, timestep: TimeStep) -> Fit:
    """Compare a dataset with what a body says of itself.

    Args:
        features: LeRobot's description of the dataset's columns.
        fps: the dataset's frames per second.
        timestep: any message of the body.

    Raises:
        FeatureError: the body does not fit; names what differs first, with both sides.
    """
    body_fps = dataset_fps(timestep.control_dt_s, None)
    if fps != body_fps:
        raise FeatureError(
            f"fps: the dataset has {fps}, the body steps at {body_fps} Hz; {_WAY_OUT}"
        )
    spec = timestep.spec
    columns = {
        name: _column(feature)
        for name, feature in features.items()
        if name.startswith("observation.")
    }
    space = _space(_column(features["action"]), spec)
    vectors = {"action": spec.columns[f"action.{space}"]}
    for name, column in columns.items():
        if len(column.shape) == 1:
            _check_same(name, column, spec)
            vectors[name] = spec.columns[name]
    pictures = [name for name, column in columns.items() if len(column.shape) == 3]
    shared = [n for n in pictures if n in spec.columns and _is_same(columns[n], spec.columns[n])]
    left_out = [name for name in pictures if name not in shared]
    return Fit(space, vectors, tuple(shared), tuple(left_out))


def _space(recorded: ColumnSpec, spec: StreamSpec) -> ActionSpace:
    accepted = {
        space: spec.columns[f"action.{space}"]
        for space in spec.action_spaces
        if f"action.{space}" in spec.columns
    }
    for space, column in accepted.items():
        if _is_same(recorded, column):
            return ActionSpace(space)
    accepts = ", ".join(f"{space} {_say(column)}" for space, column in accepted.items())
    raise FeatureError(
        f"feature 'action': the dataset has {_say(recorded)}, the body {spec.body!r} accepts: "
        f"{accepts or 'none'}; {_WAY_OUT}"
    )


def _check_same(name: str, recorded: ColumnSpec, spec: StreamSpec) -> None:
    given = spec.columns.get(name)
    if given is None or not _is_same(recorded, given):
        raise FeatureError(
            f"feature {name!r}: the dataset has {_say(recorded)}, the body {spec.body!r} gives "
            f"{_say(given) if given else 'none'}; {_WAY_OUT}"
        )


def _column(feature: Mapping[str, Any]) -> ColumnSpec:
    return ColumnSpec(tuple(feature["shape"]), tuple(feature["names"] or ()))


def _is_same(recorded: ColumnSpec, given: ColumnSpec) -> bool:
    return (recorded.shape, recorded.names) == (given.shape, given.names)


def _say(column: ColumnSpec) -> str:
    return f"{list(column.shape)}" + (f" ({', '.join(column.names)})" if column.names else "")
