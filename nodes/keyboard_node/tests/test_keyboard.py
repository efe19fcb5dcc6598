"""Keys to actions and commands, without an operating system."""

from dora_hil.messages import Command, Control
from keyboard_node.bindings import Bindings
from keyboard_node.keyboard import Keyboard

MS = 1_000_000


class Typist:
    """Presses keys 10 ms apart and collects what is to be sent."""

    def __init__(self, bindings: Bindings | None = None, *, opposite_cancels: bool = False) -> None:
        """Sit down."""
        self.keyboard = Keyboard(bindings or Bindings(), opposite_cancels=opposite_cancels)
        self.now_ns = 0
        self.sent: list[Control] = []

    def press(self, *keys: str) -> None:
        """Press keys and keep them down."""
        for key in keys:
            self.now_ns += 10 * MS
            self.sent += filter(None, [self.keyboard.press(key, self.now_ns)])

    def release(self, *keys: str) -> None:
        """Release keys."""
        for key in keys:
            self.now_ns += 10 * MS
            self.sent += filter(None, [self.keyboard.release(key, self.now_ns)])

    def tap(self, *keys: str) -> None:
        """Press and release keys one after the other."""
        for key in keys:
            self.press(key)
            self.release(key)

    @property
    def commands(self) -> list[str]:
        """Return the commands sent so far."""
        return [str(control.command) for control in self.sent]

    @property
    def value(self) -> list[float]:
        """Return the numbers of the next action."""
        return [float(number) for number in self.keyboard.action(self.now_ns).value]

    @property
    def engaged(self) -> bool:
        """Return whether the next action is engaged."""
        return self.keyboard.action(self.now_ns).engaged


def test_the_default_keys_move_as_the_arm_sees_it() -> None:
    """Up is away from the base, left is the robot's left, right Shift is up."""
    typist = Typist()
    typist.press("up", "left", "shift_r")
    assert typist.value == [1, 1, 1, 1]
    typist.release("up", "left", "shift_r")
    typist.press("down", "right", "shift_l")
    assert typist.value == [-1, -1, -1, 1]


def test_each_command_key_sends_its_command_at_the_press() -> None:
    """Esc, Space, s, f."""
    typist = Typist()
    typist.press("esc", "space", "s", "f")
    assert typist.commands == ["stop", "next", "success", "failure"]


def test_commands_are_numbered_and_say_when_the_key_was_pressed() -> None:
    """`seq` counts from 0; Ctrl, which acts on release, still says its press."""
    typist = Typist()
    typist.tap("space", "ctrl_r")
    assert [(control.seq, control.t_press_ns) for control in typist.sent] == [
        (0, 10 * MS),
        (1, 30 * MS),
    ]


def test_a_key_that_repeats_commands_once() -> None:
    """The system repeats a held key; that is not a press."""
    typist = Typist()
    typist.press("space", "space", "space")
    assert typist.commands == ["next"]


def test_a_second_press_commands_again() -> None:
    """After a release it is fresh."""
    typist = Typist()
    typist.tap("space", "space")
    assert typist.commands == ["next", "next"]


def test_tab_takes_over_once_per_press() -> None:
    """Repeats do not toggle, the next press does."""
    typist = Typist()
    typist.press("tab", "tab", "tab")
    assert typist.engaged
    typist.release("tab")
    assert typist.engaged
    typist.tap("tab")
    assert not typist.engaged


def test_any_of_the_gripper_keys_closes_until_the_last_is_released() -> None:
    """Two keys for one thing are one hold."""
    typist = Typist()
    typist.press("cmd_l", "g")
    assert typist.value[3] == 0
    typist.release("g")
    assert typist.value[3] == 0
    typist.release("cmd_l")
    assert typist.value[3] == 2


def test_ctrl_alone_asks_for_a_rerecord_when_released() -> None:
    """Not when pressed: it may become Ctrl+C."""
    typist = Typist()
    typist.press("ctrl_l")
    assert typist.commands == []
    typist.release("ctrl_l")
    assert typist.commands == ["rerecord"]


def test_ctrl_with_another_key_is_a_chord_and_commands_nothing() -> None:
    """Ctrl+C in the terminal, in either order of release."""
    typist = Typist()
    typist.press("ctrl_l", "c")
    typist.release("ctrl_l", "c")
    typist.press("ctrl_l")
    typist.tap("c")
    typist.release("ctrl_l")
    assert typist.commands == []


def test_ctrl_acts_while_a_motion_key_is_held_and_repeats() -> None:
    """A person may ask for a rerecord in the middle of a motion."""
    typist = Typist()
    typist.press("up", "ctrl_r", "up", "up")
    typist.release("ctrl_r")
    assert typist.commands == ["rerecord"]


def test_both_ctrl_keys_together_ask_for_nothing() -> None:
    """The second spoils the first and is itself part of a chord."""
    typist = Typist()
    typist.press("ctrl_l", "ctrl_r")
    typist.release("ctrl_l", "ctrl_r")
    assert typist.commands == []


def test_keys_pressed_with_ctrl_or_alt_belong_to_other_programs() -> None:
    """Ctrl+S is no success, Alt+Tab no take-over, Alt+Left no motion."""
    typist = Typist()
    typist.press("ctrl_l")
    typist.tap("s", "space")
    typist.release("ctrl_l")
    typist.press("alt_l")
    typist.tap("tab")
    typist.press("left")
    typist.release("alt_l")
    assert typist.commands == []
    assert typist.value == [0, 0, 0, 1]
    assert not typist.engaged


def test_stop_acts_whatever_else_is_held() -> None:
    """Nobody in a hurry lets go of Ctrl first."""
    typist = Typist()
    typist.press("ctrl_l", "esc")
    assert typist.commands == ["stop"]


def test_commands_work_while_the_gripper_is_held_closed() -> None:
    """Super and Shift are held to drive, so they make no chord."""
    typist = Typist()
    typist.press("cmd_l", "shift_r", "s")
    assert typist.commands == ["success"]


def test_a_modifier_bound_to_a_motion_makes_no_chord() -> None:
    """With Ctrl as the gripper, other keys act while it is held."""
    typist = Typist(Bindings(close_gripper=("ctrl_l",), rerecord=("r",)))
    typist.press("ctrl_l", "up")
    assert typist.value == [1, 0, 0, 0]
    typist.tap("r")
    assert typist.commands == ["rerecord"]


def test_a_release_without_a_press_commands_nothing() -> None:
    """Ctrl was down before the node started."""
    typist = Typist()
    typist.release("ctrl_l", "up", "space")
    assert typist.commands == []
    assert not typist.engaged


def test_a_key_whose_release_was_lost_is_dropped() -> None:
    """The system says that it is not down."""
    typist = Typist()
    typist.press("up", "left")
    _ = typist.value
    typist.keyboard.drop_lost(typist.keyboard.down(), frozenset({"left"}), typist.now_ns)
    assert typist.value == [0, 1, 0, 1]


def test_a_gripper_key_whose_release_was_lost_opens() -> None:
    """The person did let go."""
    typist = Typist()
    typist.press("g")
    _ = typist.value
    typist.keyboard.drop_lost(typist.keyboard.down(), frozenset(), typist.now_ns)
    assert typist.value[3] == 2


def test_a_lost_ctrl_commands_nothing_and_works_again() -> None:
    """Only a release that was seen is a tap."""
    typist = Typist()
    typist.press("ctrl_l")
    typist.keyboard.drop_lost(typist.keyboard.down(), frozenset(), typist.now_ns)
    typist.release("ctrl_l")
    assert typist.commands == []
    typist.tap("ctrl_l")
    assert typist.commands == ["rerecord"]


def test_a_key_pressed_while_the_system_was_asked_is_not_dropped() -> None:
    """The answer is older than the press."""
    typist = Typist()
    typist.press("up")
    before = typist.keyboard.down()
    typist.release("up")
    typist.press("up")
    typist.keyboard.drop_lost(before, frozenset(), typist.now_ns)
    _ = typist.value
    assert typist.value == [1, 0, 0, 1]


def test_where_releases_are_known_the_opposite_key_only_adds_up() -> None:
    """Held again alone, the first goes on: nothing was cancelled."""
    typist = Typist()
    typist.press("up", "down")
    assert typist.value[0] == 0
    typist.release("down")
    assert typist.value[0] == 1


def test_where_releases_get_lost_for_good_the_opposite_key_cancels() -> None:
    """A stuck key is ended by its opposite, the gripper by nothing of the kind."""
    typist = Typist(opposite_cancels=True)
    typist.press("up", "g")
    _ = typist.value
    typist.tap("down")
    _ = typist.value
    assert typist.value == [0, 0, 0, 0]


def test_a_keyboard_that_is_gone_lets_go_of_everything() -> None:
    """Held keys, the latch, a Ctrl half tapped; and no opening gripper."""
    typist = Typist()
    typist.tap("tab")
    typist.press("up", "g", "ctrl_l")
    typist.keyboard.clear()
    typist.release("ctrl_l")
    assert typist.commands == []
    assert typist.value == [0, 0, 0, 1]
    assert not typist.engaged


def test_no_key_is_bound_to_a_command_unknown_to_the_body() -> None:
    """All five commands are reachable."""
    typist = Typist()
    typist.tap("esc", "ctrl_l", "space", "s", "f")
    assert set(typist.commands) == set(Command)
