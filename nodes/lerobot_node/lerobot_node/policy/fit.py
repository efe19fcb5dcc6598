"""Whether a policy can act on a body."""

from collections.abc import Mapping
from typing import Any

from dora_hil.actions import ActionSpace
from dora_hil.spec import ColumnSpec
from dora_hil.timestep import TimeStep
from lerobot_node.dataset.columns import Side, accepted_spaces, column_of
from lerobot_node.dataset.features import FeatureError
from lerobot_node.policy.checkpoint import Checkpoint

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
        action_space: what the person says of it; needed where the dataset is not known.

    Raises:
        FeatureError: names what differs first, with both sides.
    """
    spec, origin = timestep.spec, checkpoint.origin
    recorded = origin.features if origin else {}
    if origin is not None:
        _POLICY.check_fps(origin.fps, timestep.control_dt_s)
    for name, feature in checkpoint.inputs.items():
        column = _observed(feature)
        if name in recorded:
            column = ColumnSpec(column.shape, column_of(recorded[name]).names)
        elif name in spec.columns and spec.columns[name].shape == column.shape:
            column = ColumnSpec(column.shape, spec.columns[name].names)
        _POLICY.check_column(name, column, spec)
    if origin is None and action_space is None:
        spaces = ", ".join(accepted_spaces(spec))
        raise FeatureError(
            f"action_space: nothing beside {checkpoint.path} says how its actions are meant; "
            f"set it to one of: {spaces}"
        )
    if origin is not None:
        found = _POLICY.find_space(column_of(recorded["action"]), spec)
        if action_space not in (None, found):
            raise FeatureError(
                f"action_space is {action_space}, but {origin.name} has actions in {found}"
            )
        action_space = found
    assert action_space is not None
    _check_length(checkpoint, accepted_spaces(spec), action_space)
    return action_space


def _observed(feature: Mapping[str, Any]) -> ColumnSpec:
    """Return a policy's feature as a body gives it: pictures have their channels last there."""
    shape = tuple(int(length) for length in feature["shape"])
    if feature["type"] == "VISUAL" and len(shape) == 3:
        shape = (shape[1], shape[2], shape[0])
    return ColumnSpec(shape)


def _check_length(
    checkpoint: Checkpoint, accepted: Mapping[ActionSpace, ColumnSpec], space: ActionSpace
) -> None:
    """Compare the length of an action: a discrete gripper comes on top of what is declared."""
    if space not in accepted:
        raise FeatureError(
            f"action_space: the body does not accept {str(space)!r}; it accepts: "
            + ", ".join(accepted)
        )
    config = checkpoint.config
    declared = config.get("output_features", {}).get("action", {}).get("shape", [0])
    length = int(declared[0]) + (config.get("num_discrete_actions") is not None)
    (wanted,) = accepted[space].shape
    if length != wanted:
        raise FeatureError(
            f"feature 'action': the policy gives {length} numbers, the body accepts {wanted} in "
            f"{space}"
        )
