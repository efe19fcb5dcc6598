"""Keys to actions and commands, without an operating system."""

import logging

import pytest

from dora_hil.stream.messages import Command, Control
from keyboard_node.bindings import Bindings
from keyboard_node.keyboard import Keyboard

MS = 1_000_000


class Typist:
    """Presses keys 10 ms apart and collects what is to be sent."""

    def __init__(self, bindings: Bindings | None = None, *, reads_state: bool = True) -> None:
        """Sit down."""
        self.keyboard = Keyboard(bindings or Bindings(), reads_state=reads_state)
        self.now_ns = 0
        self.sent: list[Control] = []

    def press(self, *keys: str) -> None:
        """Press keys and keep them down."""
        for key in keys:
            self.now_ns += 10 * MS
            self.sent += self.keyboard.press(key, self.now_ns)

    def release(self, *keys: str) -> None:
        """Release keys."""
        for key in keys:
            self.now_ns += 10 * MS
            self.sent += self.keyboard.release(key, self.now_ns)

    def tap(self, *keys: str) -> None:
        """Press and release keys one after the other."""
        for key in keys:
            self.press(key)
            self.release(key)

    def act(self, script: str) -> None:
        """Press `+key`, release `-key`, tap `key`, and wait for so many seconds."""
        for word in script.split():
            if word[0].isdigit():
                self.wait(float(word))
            elif word[0] == "+":
                self.press(word[1:])
            elif word[0] == "-":
                self.release(word[1:])
            else:
                self.tap(word)

    def wait(self, s: float) -> None:
        """Let time pass, tick by tick."""
        for _ in range(round(s / 0.05)):
            self.now_ns += 50 * MS
            self.sent += self.keyboard.due(self.now_ns)

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


def test_space_commands_at_the_press_and_a_lone_letter_a_moment_later() -> None:
    """It might be the first one of a word; it still says when it was pressed."""
    typist = Typist()
    typist.press("space")
    assert typist.commands == ["next"]
    typist.tap("s")
    typist.wait(0.2)
    assert typist.commands == ["next"]
    typist.wait(0.15)
    typist.tap("f")
    typist.wait(0.35)
    assert typist.commands == ["next", "success", "failure"]
    assert typist.sent[1].t_press_ns == 20 * MS


MEANT = {
    "every command has a key": (
        "ctrl_l space s 0.35 f 0.35 +esc 0.5",
        [Command.RERECORD, Command.NEXT, Command.SUCCESS, Command.FAILURE, Command.STOP],
    ),
    "a letter is never overtaken": ("s space s ctrl_l", ["success", "next", "success", "rerecord"]),
    "a key pressed twice by a nervous hand is no word": ("s s 0.35", ["success"]),
    "what the system repeats is no press": ("+space +space +space", ["next"]),
    "a second press commands again": ("space space", ["next", "next"]),
    "keys that drive are no writing": ("+up +shift_l +g space s 0.35", ["next", "success"]),
    "a slip beside a held arrow is no writing": ("+up +d +s 0.35", ["success"]),
    "with Shift alone it may be a capital letter": ("+shift_l +e +s 0.35", []),
    "Super and Shift are held to drive": ("+cmd_l +shift_r +s 0.35", ["success"]),
    "Ctrl may become Ctrl+C": ("+ctrl_l", []),
    "Ctrl alone acts when released": ("+ctrl_l -ctrl_l", ["rerecord"]),
    "a chord": ("+ctrl_l c -ctrl_l", []),
    "a chord whose Ctrl is released first": ("+ctrl_l +c -ctrl_l -c", []),
    "a chord thought better of": ("+ctrl_l 1.0 -ctrl_l", []),
    "Ctrl in the middle of a motion that repeats": ("+up +ctrl_r +up +up -ctrl_r", ["rerecord"]),
    "both Ctrl keys spoil one another": ("+ctrl_l +ctrl_r -ctrl_l -ctrl_r", []),
    "a tap of Esc ends no run": ("esc 1.0 +esc 0.4", []),
    "Esc is held for half a second, repeated meanwhile": ("+esc 0.4 +esc 0.15", ["stop"]),
    "and acts once": ("+esc 0.4 +esc 0.15 3.0 -esc", ["stop"]),
    "nobody in a hurry lets go of Ctrl first": ("+ctrl_l +esc 0.5", ["stop"]),
}


@pytest.mark.parametrize(("script", "commands"), MEANT.values(), ids=MEANT)
def test_a_command_is_what_was_meant(script: str, commands: list[str]) -> None:
    """Every key of the desktop passes by."""
    typist = Typist()
    typist.act(script)
    assert typist.commands == commands


@pytest.mark.parametrize(
    ("script", "commands"),
    [("+esc 5.0", []), ("+esc 5.0 esc +esc 0.5", []), ("+esc 0.5 -esc", ["stop"])],
)
def test_stop_acts_at_its_release_where_a_lost_one_would_not_be_found(
    script: str, commands: list[str]
) -> None:
    """Else the tap of another day would end a run: macOS, Windows."""
    typist = Typist(reads_state=False)
    typist.act(script)
    assert typist.commands == commands


def test_a_tap_that_does_not_stop_says_what_does(caplog: pytest.LogCaptureFixture) -> None:
    """Once, not at every Esc that is pressed elsewhere."""
    caplog.set_level(logging.INFO)
    Typist().tap("esc", "esc", "esc")
    assert caplog.messages == ["hold Esc for half a second to end the run"]


@pytest.mark.parametrize("text", ["self", "fold", "sudo", "fog is off so"])
def test_what_is_written_in_another_window_commands_nothing(text: str) -> None:
    """From its first letter to its last, with its spaces; a word of the command letters too."""
    typist = Typist()
    for letter in text:
        typist.tap("space" if letter == " " else letter)
        typist.wait(0.15)
    typist.tap("tab", "ctrl_l", "esc", "enter")
    typist.wait(1.0)
    assert typist.commands == []
    assert not typist.engaged


def test_a_second_after_the_last_letter_keys_command_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Pressed before, a person is told why nothing happened."""
    caplog.set_level(logging.INFO)
    typist = Typist()
    typist.tap("e")
    typist.wait(0.9)
    typist.tap("space")
    assert (typist.commands, len(caplog.messages)) == ([], 1)
    assert "Space was taken for writing" in caplog.text
    typist.wait(0.15)
    typist.tap("space")
    assert typist.commands == ["next"]


def test_a_letter_that_grips_is_writing_among_other_letters() -> None:
    """A policy that drives is not overridden by a word."""
    typist = Typist()
    typist.tap("e")
    typist.press("g")
    assert not typist.engaged
    typist.release("g")
    assert typist.value[3] == 1


def test_commands_are_numbered_and_say_when_the_key_was_pressed() -> None:
    """`seq` counts from 0; Ctrl, which acts on release, still says its press."""
    typist = Typist()
    typist.tap("space", "ctrl_r")
    assert [(control.seq, control.t_press_ns) for control in typist.sent] == [
        (0, 10 * MS),
        (1, 30 * MS),
    ]


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


@pytest.mark.parametrize("times", [1, 3])
def test_ctrl_with_the_mouse_is_a_chord_and_commands_nothing(times: int) -> None:
    """Ctrl+click, and Ctrl with the wheel: a person zooms the live view."""
    typist = Typist()
    typist.press("ctrl_l")
    for _ in range(times):
        typist.keyboard.point()
    typist.release("ctrl_l")
    assert typist.commands == []
    typist.keyboard.point()
    typist.tap("ctrl_l")
    assert typist.commands == ["rerecord"]


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


def test_a_modifier_bound_to_a_motion_makes_no_chord() -> None:
    """With Ctrl as the gripper, other keys act while it is held."""
    typist = Typist(Bindings(close_gripper=("ctrl_l",), rerecord=("r",)))
    typist.press("ctrl_l", "up")
    assert typist.value == [1, 0, 0, 0]
    typist.tap("r")
    typist.wait(0.35)
    assert typist.commands == ["rerecord"]


def test_a_release_without_a_press_commands_nothing() -> None:
    """Ctrl was down before the node started."""
    typist = Typist()
    typist.release("ctrl_l", "up", "space")
    assert typist.commands == []
    assert not typist.engaged


def test_a_key_whose_release_was_lost_is_dropped() -> None:
    """The system says that it is not down; a gripper that was held closed opens."""
    typist = Typist()
    typist.press("up", "left", "g")
    _ = typist.value
    typist.keyboard.drop_lost(typist.keyboard.down(), frozenset({"left"}), typist.now_ns)
    assert typist.value == [0, 1, 0, 2]


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
    typist = Typist(reads_state=False)
    typist.press("up", "g")
    _ = typist.value
    typist.tap("down")
    _ = typist.value
    assert typist.value == [0, 0, 0, 0]


def test_a_keyboard_that_is_gone_lets_go_of_everything() -> None:
    """Held keys, the latch, a Ctrl half tapped, a letter that waits; and no opening gripper."""
    typist = Typist()
    typist.tap("tab")
    typist.press("up", "g", "s", "ctrl_l")
    typist.keyboard.clear()
    typist.release("ctrl_l")
    typist.wait(0.35)
    assert typist.commands == []
    assert typist.value == [0, 0, 0, 1]
    assert not typist.engaged
