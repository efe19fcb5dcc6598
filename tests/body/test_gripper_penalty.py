"""LeRobot's gripper penalty."""

import pytest

from dora_hil.body.gripper_penalty import gripper_penalty


@pytest.mark.parametrize(
    ("opening_before", "gripper", "is_penalised"),
    [
        (1.0, 0.0, True),
        (0.0, 2.0, True),
        (1.0, 2.0, False),
        (0.0, 0.0, False),
        (0.5, 0.0, False),
        (0.5, 2.0, False),
    ],
)
def test_closing_an_open_gripper_and_opening_a_closed_one_cost(
    opening_before: float, gripper: float, is_penalised: bool
) -> None:
    """A command that repeats itself, or comes half way, costs nothing."""
    assert gripper_penalty(-0.3, opening_before, gripper) == (-0.3 if is_penalised else 0.0)


@pytest.mark.parametrize("opening_before", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("gripper", [0.5, 1.0, 1.5])
def test_staying_costs_nothing(opening_before: float, gripper: float) -> None:
    """Nor does a command that is nearer to staying than to anything else."""
    assert gripper_penalty(-0.3, opening_before, gripper) == 0.0


def test_what_counts_as_open_or_closed_is_the_last_tenth() -> None:
    """As in gym-hil, both ends excluded."""
    assert [gripper_penalty(-1.0, opening, 0.0) for opening in (0.9, 0.91)] == [0.0, -1.0]
    assert [gripper_penalty(-1.0, opening, 2.0) for opening in (0.1, 0.09)] == [0.0, -1.0]
