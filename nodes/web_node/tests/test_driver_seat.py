"""One driver among the viewers."""

import pytest

from dora_hil.body.takeover import SILENCE_S
from dora_hil.device.held_inputs import Hold
from dora_hil.stream.messages import Command
from web_node.client_messages import Held
from web_node.driver_seat import IDLE_S, DriverSeat

ADA, BOB = 1, 2


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        """Start somewhere."""
        self.now_s = 10.0

    def __call__(self) -> int:
        """Return nanoseconds."""
        return int(self.now_s * 1e9)


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still."""
    return Clock()


@pytest.fixture
def seat(clock: Clock) -> DriverSeat:
    """Return an empty seat."""
    return DriverSeat(clock)


def held(*holds: Hold, tilt: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Held:
    """Return what a page says."""
    return Held(say="held", held=holds, tilt=tilt)


def test_who_holds_something_first_drives(seat: DriverSeat) -> None:
    """The other one is refused, and changes nothing."""
    assert seat.hold(ADA, held(Hold.X_PLUS))
    assert not seat.hold(BOB, held(Hold.X_MINUS))
    assert seat.driver == ADA
    assert list(seat.action().value) == [1, 0, 0, 1]


def test_holding_nothing_takes_no_seat(seat: DriverSeat) -> None:
    """A page that only watches says so too."""
    assert seat.hold(ADA, held())
    assert seat.driver is None


def test_what_is_no_longer_held_is_released(seat: DriverSeat) -> None:
    """A page says all that is held, not what has changed."""
    seat.hold(ADA, held(Hold.X_PLUS, Hold.CLOSE_GRIPPER))
    assert list(seat.action().value) == [1, 0, 0, 0]
    seat.hold(ADA, held(Hold.X_PLUS))
    assert list(seat.action().value) == [1, 0, 0, 2]


def test_a_stick_moves_in_proportion(seat: DriverSeat) -> None:
    """Engaged, like a key."""
    seat.hold(ADA, held(tilt=(0.5, 0.0, -0.25)))
    action = seat.action()
    assert (list(action.value), action.engaged) == ([0.5, 0, -0.25, 1], True)


def test_silence_lets_go_of_everything_and_frees_the_seat(seat: DriverSeat, clock: Clock) -> None:
    """The gripper stays: nobody decided to drop what it holds."""
    seat.do(ADA, "take_over")
    seat.hold(ADA, held(Hold.X_PLUS, Hold.CLOSE_GRIPPER))
    clock.now_s += SILENCE_S + 0.001
    action = seat.action()
    assert (list(action.value), action.engaged) == ([0, 0, 0, 1], False)
    assert seat.driver is None


def test_after_a_stall_a_key_has_to_be_pressed_afresh(seat: DriverSeat, clock: Clock) -> None:
    """What arrives late was meant for a moment that has passed."""
    seat.hold(ADA, held(Hold.X_PLUS))
    clock.now_s += 1.0
    assert not seat.hold(ADA, held(Hold.X_PLUS))
    assert not seat.action().engaged
    assert seat.hold(ADA, held())
    assert seat.hold(ADA, held(Hold.X_PLUS))
    assert seat.action().engaged


def test_who_only_commanded_may_drive_without_letting_go_first(
    seat: DriverSeat, clock: Clock
) -> None:
    """Nothing was held during the silence."""
    seat.do(ADA, "next")
    clock.now_s += 1.0
    assert seat.driver is None
    assert seat.hold(ADA, held(Hold.X_PLUS))


def test_who_comes_in_with_a_key_held_has_to_press_it_afresh(seat: DriverSeat) -> None:
    """A page whose connection was cut is somebody new when it is back."""
    seat.enter(ADA)
    assert not seat.hold(ADA, held(Hold.X_PLUS))
    assert not seat.action().engaged


def test_who_says_again_and_again_what_is_held_goes_on_driving(
    seat: DriverSeat, clock: Clock
) -> None:
    """Twenty times a second."""
    for _ in range(100):
        assert seat.hold(ADA, held(Hold.Z_MINUS))
        clock.now_s += 0.05
    assert list(seat.action().value) == [0, 0, -1, 1]


def test_who_goes_away_lets_go_at_once(seat: DriverSeat) -> None:
    """Not after the silence: a closed socket is known."""
    seat.hold(ADA, held(Hold.X_PLUS))
    seat.leave(ADA)
    assert not seat.action().engaged
    assert seat.hold(BOB, held(Hold.X_PLUS))


def test_who_has_driven_nothing_for_a_while_no_longer_drives(
    seat: DriverSeat, clock: Clock
) -> None:
    """Somebody else may; a latched take-over is kept."""
    seat.hold(ADA, held(Hold.X_PLUS))
    for _ in range(int(IDLE_S / 0.1) + 2):
        clock.now_s += 0.1
        seat.hold(ADA, held())
    assert seat.driver is None
    seat.do(BOB, "take_over")
    for _ in range(int(IDLE_S / 0.1) + 2):
        clock.now_s += 0.1
        seat.hold(BOB, held())
    assert seat.driver == BOB
    assert seat.taken_over
    assert seat.action().engaged


def test_only_the_driver_commands_while_there_is_one(seat: DriverSeat) -> None:
    """Counted in order."""
    is_done, control = seat.do(ADA, "next")
    assert is_done
    assert control is not None
    assert (control.command, control.seq) == (Command.NEXT, 0)
    assert seat.do(BOB, "success") == (False, None)
    _, second = seat.do(ADA, "success")
    assert second is not None
    assert second.seq == 1


def test_what_was_held_until_it_acted_was_pressed_before(seat: DriverSeat, clock: Clock) -> None:
    """So that the body knows the same press from the keyboard, which does not wait so long."""
    clock.now_s += 10.0
    _, control = seat.do(ADA, "rerecord", 600.0)
    assert control is not None
    assert clock.now_s - control.t_press_ns / 1e9 == pytest.approx(0.6)


def test_everybody_may_stop_the_run(seat: DriverSeat) -> None:
    """Whoever sees something go wrong."""
    seat.hold(ADA, held(Hold.X_PLUS))
    is_done, control = seat.do(BOB, "stop")
    assert is_done
    assert control is not None
    assert control.command is Command.STOP
    assert seat.driver == ADA


def test_who_drives_says_what_is_to_be_done(seat: DriverSeat) -> None:
    """Or anybody while nobody drives; the others are refused."""
    told = seat.tell(BOB, "lift it")
    assert told is not None
    assert (told.command, told.task) == (Command.TASK, "lift it")
    seat.hold(ADA, held(Hold.X_PLUS))
    assert seat.tell(BOB, "put it down") is None
    assert seat.tell(ADA, "put it down") is not None
