"""Whether a policy can act on a body."""

import json
import logging
import math
from dataclasses import replace

from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.spec import ColumnSpec, StreamSpec
from dora_hil.stream.timestep import TimeStep
from dora_hil_datasets.dataset.columns import (
    Side,
    accepted_spaces,
    column_of,
    is_same,
    policy_column,
)
from dora_hil_datasets.dataset.features import FeatureError
from lerobot_node.policy.checkpoint import Checkpoint

log = logging.getLogger(__name__)

_POLICY = Side(
    "the policy", "evaluate it with the environment that its demonstrations were recorded in"
)


def check_fit(
    checkpoint: Checkpoint, timestep: TimeStep, action_space: ActionSpace | None
) -> ActionSpace:
    """Compare a policy with what a body says of itself; return how its actions are meant.

    Args:
        checkpoint: the policy. Names and rate are compared where its dataset is known.
        timestep: any message of the body.
        action_space: what the person says of it, which wins; needed where nothing else does.

    Raises:
        FeatureError: names what differs first, with both sides.
    """
    spec, origin = timestep.spec, checkpoint.origin
    recorded = origin.features if origin else {}
    for name, feature in checkpoint.inputs.items():
        column = policy_column(feature)
        given = spec.columns.get(name)
        if feature["type"] == "VISUAL" and given is None:
            raise FeatureError(_missing_camera(name, spec))
        if checkpoint.resizes_pictures and given is not None and given.dtype == "uint8":
            column = replace(column, shape=(*given.shape[:2], column.shape[2]))
        if name in recorded:
            column = replace(column, names=column_of(recorded[name]).names)
        _POLICY.check_column(name, column, spec)
    own = ColumnSpec((_length(checkpoint),))
    if origin is not None:
        space = _POLICY.find_space(column_of(recorded["action"]), spec, action_space)
        _check_length(own, accepted_spaces(spec)[space], space)
        _check_rate(origin.fps, timestep.control_dt_s, space)
        return space
    space = _space_of_unknown(checkpoint, own, spec, action_space)
    log.warning(
        "%s: neither its rate nor the names of its numbers are known, so only shapes were compared",
        checkpoint.path,
    )
    return space


def _check_rate(fps: int, control_dt_s: float, space: ActionSpace) -> None:
    """Let a body be faster by a whole factor, if actions are places that one can go between."""
    ticks = 1 / (control_dt_s * fps)
    if (
        space is ActionSpace.EE_DELTA
        or ticks < 1
        or not math.isclose(ticks, round(ticks), rel_tol=1e-3)
    ):
        _POLICY.check_fps(fps, control_dt_s)
    elif round(ticks) > 1:
        log.info(
            "the policy answers at %d Hz, the body goes on between at %.0f Hz",
            fps,
            1 / control_dt_s,
        )


def _missing_camera(name: str, spec: StreamSpec) -> str:
    cameras = [n for n, column in spec.columns.items() if len(column.shape) == 3]
    example = json.dumps({cameras[0] if cameras else "observation.images.front": name})
    return (
        f"feature {name!r}: the policy looks at that camera, the body {spec.body!r} has "
        f"{', '.join(cameras) or 'none'}; say which is which: --rename_map='{example}'"
    )


def _space_of_unknown(
    checkpoint: Checkpoint, own: ColumnSpec, spec: StreamSpec, given: ActionSpace | None
) -> ActionSpace:
    """Return the only space that has so many numbers, or the one that a person gives."""
    accepted = accepted_spaces(spec)
    fitting = [space for space, column in accepted.items() if is_same(own, column)]
    if given is None and len(fitting) > 1:
        nothing = f"nothing beside {checkpoint.path} says how its actions are meant"
        raise FeatureError(
            f"action_space: {checkpoint.unknown or nothing}; set it to one of: {', '.join(fitting)}"
        )
    return _POLICY.find_space(own, spec, given)


def _length(checkpoint: Checkpoint) -> int:
    """Return the numbers of an action: a discrete gripper comes on top of what is declared."""
    config = checkpoint.config
    declared = config.get("output_features", {}).get("action", {}).get("shape", [0])
    return int(declared[0]) + (config.get("num_discrete_actions") is not None)


def _check_length(own: ColumnSpec, accepted: ColumnSpec, space: ActionSpace) -> None:
    if own.shape != accepted.shape:
        raise FeatureError(
            f"feature 'action': the policy gives {own.shape[0]} numbers, the body accepts "
            f"{accepted.shape[0]} in {space}"
        )
