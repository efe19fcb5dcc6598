"""How a dataset's columns are read, and whether they are those of a body or of a policy.

Everything that LeRobot and others write is read here: names as a list, as null, not there at all,
as ``{"delta_x": 0, ...}`` or ``{"motors": [...]}``; pictures with their channels first or last.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.spec import ColumnSpec, StreamSpec
from dora_hil_datasets.dataset.features import FeatureError, Features, dataset_fps

log = logging.getLogger(__name__)

_PICTURES = ("video", "image")

_CHANNELS = (1, 3, 4)
"""Grey, rgb, rgba: no picture has so few rows."""

_OLDER_NAMES = {
    "delta_x_ee": "delta_x",
    "delta_y_ee": "delta_y",
    "delta_z_ee": "delta_z",
    "gripper_delta": "gripper",
}
"""What LeRobot's `gym_manipulator` once called the same numbers."""

_BOOKKEEPING = ("timestamp", "frame_index", "episode_index", "index", "task_index")
"""Columns that LeRobot adds to every dataset by itself."""

_RESUME_ELSEWHERE = "resume with the config it was recorded with, or record into another root"


def is_picture(feature: Mapping[str, Any]) -> bool:
    """Say whether a LeRobot feature is a camera's."""
    return feature["dtype"] in _PICTURES


def column_of(feature: Mapping[str, Any]) -> ColumnSpec:
    """Return a LeRobot feature as a body would describe it; names that fit nothing are left out.

    A picture has its channels last, whichever way it is declared.
    """
    shape = tuple(int(length) for length in feature["shape"])
    names = _names(feature.get("names"))
    if is_picture(feature) and len(shape) == 3:
        height_px, width_px, channels = _channels_last(shape, names)
        image = ColumnSpec.image(height_px, width_px)
        return ColumnSpec((height_px, width_px, channels), image.names, dtype=image.dtype)
    is_named = len(names) == (shape[0] if len(shape) == 1 else len(shape))
    return ColumnSpec(shape, names if is_named else (), dtype=str(feature["dtype"]))


def _names(names: Any) -> tuple[str, ...]:
    """Return what may be one name per number."""
    if isinstance(names, Mapping):
        if all(isinstance(index, int) for index in names.values()):
            return tuple(sorted(names, key=lambda name: names[name]))
        names = [name for group in names.values() if isinstance(group, list) for name in group]
    is_plain = isinstance(names, list | tuple) and all(isinstance(name, str) for name in names)
    return tuple(names) if is_plain else ()


def _channels_last(shape: tuple[int, ...], names: tuple[str, ...]) -> tuple[int, ...]:
    could_be_first, could_be_last = shape[0] in _CHANNELS, shape[2] in _CHANNELS
    says_first = names[:1] in (("channel",), ("channels",), ("c",))
    is_first = could_be_first and (says_first or not could_be_last)
    return (shape[1], shape[2], shape[0]) if is_first else shape


def policy_column(feature: Mapping[str, Any]) -> ColumnSpec:
    """Return a feature of a policy's config as a body would describe it; it has no names."""
    is_visual = feature["type"] == "VISUAL"
    return column_of({"dtype": "image" if is_visual else "float32", "shape": feature["shape"]})


def is_same(wanted: ColumnSpec, given: ColumnSpec) -> bool:
    """Compare shapes, and the names of the dimensions where both have any."""
    names_differ = wanted.names and given.names and _meant(wanted) != _meant(given)
    return wanted.shape == given.shape and not names_differ


def _meant(column: ColumnSpec) -> list[str]:
    """Return names as they are called today; a robot of LeRobot's has `.pos` behind each."""
    return [_OLDER_NAMES.get(name, name).removesuffix(".pos") for name in column.names]


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
                f"feature {name!r}: {self.name} has {say(wanted)}, the body {spec.body!r} gives "
                f"{say(given) if given else 'none'}; {self.way_out}"
            )

    def find_space(
        self, action: ColumnSpec, spec: StreamSpec, given: ActionSpace | None = None
    ) -> ActionSpace:
        """Return the action space of the body that has these dimensions.

        Args:
            action: the dimensions; without names they are told by their number.
            spec: the body's.
            given: what the person says, which wins over names.

        Raises:
            FeatureError: none has, several have, or the body has none that is `given`.
        """
        accepted = accepted_spaces(spec)
        if given is not None:
            return self._take_given(given, action, accepted)
        fitting = [space for space, column in accepted.items() if is_same(action, column)]
        if len(fitting) > 1:
            raise FeatureError(
                f"action_space: {self.name} has actions {say(action)} without names, which the "
                f"body {spec.body!r} takes in several; set it to one of: {', '.join(fitting)}"
            )
        if fitting:
            return fitting[0]
        raise FeatureError(
            f"feature 'action': {self.name} has {say(action)}, the body {spec.body!r} accepts: "
            f"{_say_spaces(accepted)}; {self.way_out}"
        )

    def _take_given(
        self, given: ActionSpace, action: ColumnSpec, accepted: Mapping[ActionSpace, ColumnSpec]
    ) -> ActionSpace:
        if given not in accepted:
            raise FeatureError(
                f"action_space: the body does not accept {str(given)!r}; it accepts: "
                + ", ".join(accepted)
            )
        column = accepted[given]
        if action.shape != column.shape:
            raise FeatureError(
                f"action_space is {given}, but {self.name} has {say(action)}, and the body takes "
                f"{say(column)} there"
            )
        if not is_same(action, column):
            log.warning(
                "action_space is %s, as you say, though %s has %s", given, self.name, say(action)
            )
        return given


def accepted_spaces(spec: StreamSpec) -> dict[ActionSpace, ColumnSpec]:
    """Return the action spaces that a body accepts and reports."""
    return {
        ActionSpace(space): spec.columns[f"action.{space}"]
        for space in spec.action_spaces
        if f"action.{space}" in spec.columns
    }


def check_same(recorded: Features, present: Features, old_fps: int, new_fps: int) -> None:
    """Check that a stream goes on with what a dataset already holds.

    Args:
        recorded: the dataset's features; LeRobot's own bookkeeping columns are ignored.
        present: those of the stream.
        old_fps: the dataset's frames per second.
        new_fps: the stream's.

    Raises:
        FeatureError: names what differs first, with both sides.
    """
    if old_fps != new_fps:
        raise FeatureError(
            f"fps: the dataset has {old_fps}, the body now steps at {new_fps} Hz; "
            f"{_RESUME_ELSEWHERE}"
        )
    gone = [n for n in recorded if n not in present and n not in _BOOKKEEPING]
    for name in [*present, *gone]:
        old, new = recorded.get(name), present.get(name)
        if old is None or new is None or not _is_same_feature(old, new):
            raise FeatureError(
                f"feature {name!r}: the dataset has {_say_feature(old)}, the body now gives "
                f"{_say_feature(new)}; {_RESUME_ELSEWHERE}"
            )
    action = column_of(present["action"]) if "action" in present else None
    if action is not None and action.names and not column_of(recorded["action"]).names:
        log.warning(
            "the dataset does not name the numbers of its actions; recorded now are %s", say(action)
        )


def _is_same_feature(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Compare storage too: rows of another type cannot stand in one file."""
    return old["dtype"] == new["dtype"] and is_same(column_of(old), column_of(new))


def say(column: ColumnSpec) -> str:
    """Return a column in words."""
    return f"{list(column.shape)}" + (f" ({', '.join(column.names)})" if column.names else "")


def _say_feature(feature: Mapping[str, Any] | None) -> str:
    return "none" if feature is None else f"{feature['dtype']}{say(column_of(feature))}"


def _say_spaces(accepted: Mapping[ActionSpace, ColumnSpec]) -> str:
    return ", ".join(f"{space} {say(column)}" for space, column in accepted.items()) or "none"
