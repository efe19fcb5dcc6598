"""LeRobot's features and frames from the stream's own description of itself."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dora_hil.errors import UserError
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.frames import Frame
from dora_hil.stream.spec import ColumnSpec, StreamSpec

Features = Mapping[str, Mapping[str, Any]]
Row = dict[str, Any]

_SCALARS = {
    "next.reward": "float32",
    "next.done": "bool",
    "next.truncated": "bool",
    "next.success": "bool",
    "complementary_info.discrete_penalty": "float32",
    "complementary_info.is_intervention": "bool",
}
"""What came of a step, by the column's name; `TimeStep` has it under the name's last part."""


class FeatureError(UserError, ValueError):
    """A stream that cannot be recorded as configured, or not into this dataset."""


def dataset_features(spec: StreamSpec, space: ActionSpace, *, video: bool) -> Features:
    """Describe what is recorded of a stream, as `LeRobotDataset.create` wants it.

    Args:
        spec: the stream's description.
        space: the executed action that becomes `action`.
        video: store cameras as video.

    Raises:
        FeatureError: the body does not report that action space.
    """
    action = spec.columns.get(f"action.{space}")
    if action is None:
        spaces = [c.removeprefix("action.") for c in spec.columns if c.startswith("action.")]
        raise FeatureError(
            f"action_space: the body {spec.body!r} does not report {str(space)!r}; "
            f"it reports: {', '.join(spaces)}"
        )
    observed = {n: c for n, c in spec.columns.items() if n.startswith("observation.")}
    features = {name: _feature(column, video=video) for name, column in observed.items()}
    features["action"] = _feature(action, video=video)
    for name, dtype in _SCALARS.items():
        features[name] = {"dtype": dtype, "shape": (1,), "names": None}
    return features


def _feature(column: ColumnSpec, *, video: bool) -> dict[str, Any]:
    is_image = column.dtype == "uint8" and len(column.shape) == 3
    dtype = ("video" if video else "image") if is_image else column.dtype
    return {"dtype": dtype, "shape": column.shape, "names": list(column.names) or None}


def dataset_fps(control_dt_s: float, wanted: int | None) -> int:
    """Return the dataset's frames per second.

    Raises:
        FeatureError: the body steps at another rate than configured, or at no whole one.
    """
    fps = round(1.0 / control_dt_s) if control_dt_s > 0 else 0
    if fps < 1 or abs(fps * control_dt_s - 1.0) > 1e-6:
        raise FeatureError(
            f"the body steps every {control_dt_s:g} s; LeRobot needs a whole number of frames "
            "per second"
        )
    if wanted not in (None, fps):
        raise FeatureError(
            f"dataset.fps is {wanted}, but the body steps at {fps} Hz: set it to {fps}, or the "
            "body's env.fps and the dataflow's timer to the other"
        )
    return fps


def frame_row(frame: Frame, space: ActionSpace) -> Row:
    """Return what `LeRobotDataset.add_frame` takes; arrays are copied out of the message.

    The task is the one that whoever acted was told with the observation.
    """
    row: Row = {
        name: np.array(array)
        for name, array in frame.before.columns.items()
        if name.startswith("observation.")
    }
    row["action"] = np.array(frame.after.actions[str(space)])
    for name, dtype in _SCALARS.items():
        row[name] = np.array([getattr(frame.after, name.rpartition(".")[2])], dtype=dtype)
    row["task"] = frame.before.spec.task
    return row
