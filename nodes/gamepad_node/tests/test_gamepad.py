"""From how a pad stands to actions and commands."""

import pytest

from dora_hil.stream.messages import Command
from gamepad_node.bindings import Bindings
from gamepad_node.gamepad import Gamepad
from gamepad_node.state import PadState

AT_REST = PadState()


def state(*buttons: str, **axes: float) -> PadState:
    """Return how a pad stands."""
    return PadState(frozenset(buttons), axes)


@pytest.fixture
def pad() -> Gamepad:
    """Return a pad that has stood at rest."""
    made = Gamepad(Bindings())
    made.read(AT_REST, 0)
    return made


def value(pad: Gamepad, now_ns: int = 0) -> list[float]:
    """Return the numbers of the next action."""
    return [round(float(number), 3) for number in pad.action(now_ns).value]


@pytest.mark.parametrize(
    ("axes", "expected"),
    [
        ({"lefty": -1.0}, [1, 0, 0, 1]),
        ({"lefty": 1.0}, [-1, 0, 0, 1]),
        ({"leftx": -1.0}, [0, 1, 0, 1]),
        ({"leftx": 1.0}, [0, -1, 0, 1]),
        ({"righty": -1.0}, [0, 0, 1, 1]),
        ({"rightx": 1.0}, [0, 0, 0, 1]),
        ({"lefty": -0.55, "righty": 0.55}, [0.5, 0, -0.5, 1]),
    ],
)
def test_sticks_move_as_in_lerobot(
    pad: Gamepad, axes: dict[str, float], expected: list[float]
) -> None:
    """Left: x and y; right: height; pushing away is forward, up and left are positive."""
    pad.read(state(**axes), 0)
    assert value(pad) == expected


def test_the_dead_zone_asks_for_nothing_and_nothing_jumps_at_its_edge(pad: Gamepad) -> None:
    """A worn stick does not drift."""
    pad.read(state(lefty=-0.1, leftx=0.09), 0)
    action = pad.action(0)
    assert (list(action.value), action.engaged) == ([0, 0, 0, 1], False)
    pad.read(state(lefty=-0.11), 0)
    assert 0 < value(pad)[0] < 0.02


def test_triggers_close_and_open_and_the_gripper_stays_between(pad: Gamepad) -> None:
    """From their middle on."""
    said = []
    for axes in ({"lefttrigger": 0.6}, {"lefttrigger": 0.4}, {"righttrigger": 1.0}, {}):
        pad.read(state(**axes), 0)
        said.append(value(pad)[3])
    assert said == [0, 1, 2, 1]


def test_the_right_shoulder_takes_over_while_it_is_held(pad: Gamepad) -> None:
    """Without a motion; the left one latches."""
    pad.read(state("rightshoulder"), 0)
    assert pad.action(0).engaged
    pad.read(AT_REST, 0)
    assert not pad.action(0).engaged
    pad.read(state("leftshoulder"), 0)
    pad.read(AT_REST, 0)
    assert pad.action(0).engaged


def test_a_command_is_sent_once_at_the_press(pad: Gamepad) -> None:
    """Y success, A failure, X again, Start next."""
    commands = []
    for button in ("y", "a", "x", "start"):
        for stands in (state(button), state(button), AT_REST):
            commands += [control.command for control in pad.read(stands, 7)]
    assert commands == [Command.SUCCESS, Command.FAILURE, Command.RERECORD, Command.NEXT]


def test_stop_is_held_for_half_a_second_and_acts_once(pad: Gamepad) -> None:
    """A thumb that slips on Back ends no run."""
    ms = 1_000_000
    stands = [(10, "back"), (400, "back"), (410, ""), (500, "back"), (990, "back")]
    commands = [pad.read(state(*name.split()), at * ms) for at, name in stands]
    assert commands == [[]] * 5
    [stop] = pad.read(state("back"), 1000 * ms)
    assert (stop.command, stop.t_press_ns) == (Command.STOP, 500 * ms)
    assert pad.read(state("back"), 3000 * ms) == []


def test_a_press_between_two_ticks_moves_one_step(pad: Gamepad) -> None:
    """The directional pad."""
    pad.read(state("dpup"), 0)
    pad.read(AT_REST, 0)
    assert value(pad) == [1, 0, 0, 1]
    assert value(pad) == [0, 0, 0, 1]


def test_an_unplugged_pad_lets_go_of_everything(pad: Gamepad) -> None:
    """A stick that was tilted never says that it is back."""
    pad.read(state("leftshoulder", lefty=-1.0, lefttrigger=1.0), 0)
    pad.clear()
    action = pad.action(0)
    assert (list(action.value), action.engaged) == ([0, 0, 0, 1], False)


def test_a_pad_counts_from_the_first_time_that_it_stands_at_rest() -> None:
    """It may be plugged in with a thumb on it."""
    pad = Gamepad(Bindings())
    assert pad.read(state("start", lefty=-1.0), 0) == []
    assert not pad.action(0).engaged
    pad.read(AT_REST, 0)
    pad.read(state(lefty=-1.0), 0)
    assert pad.action(0).engaged


def test_other_bindings_mean_what_they_say() -> None:
    """The gripper on one button, as on the keyboard."""
    pad = Gamepad(Bindings(tilt_x="righty", close_gripper=("b",)))
    pad.read(AT_REST, 0)
    pad.read(state("b", righty=1.0), 0)
    assert value(pad) == [1, 0, -1, 0]
    pad.read(AT_REST, 1)
    assert value(pad, 2)[3] == 2
