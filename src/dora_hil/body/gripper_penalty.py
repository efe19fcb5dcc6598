"""LeRobot's `discrete_penalty`: a policy is not to play with the gripper."""

from typing import Final

from dora_hil.stream.actions import GRIPPER_STAY

# gym-hil's GripperPenaltyWrapper: what counts as already open or closed, and as a command.
_OPEN_ABOVE: Final = 0.9
_CLOSED_BELOW: Final = 0.1
_COMMAND_BEYOND: Final = 0.5


def gripper_penalty(penalty: float, opening_before: float, gripper: float) -> float:
    """Return the penalty of one step.

    Args:
        penalty: for closing an open gripper or opening a closed one, 0 or negative.
        opening_before: 0 closed, 1 open.
        gripper: the command, 0 close, 1 stay, 2 open.
    """
    closes = gripper < GRIPPER_STAY - _COMMAND_BEYOND and opening_before > _OPEN_ABOVE
    opens = gripper > GRIPPER_STAY + _COMMAND_BEYOND and opening_before < _CLOSED_BELOW
    return penalty if closes or opens else 0.0
