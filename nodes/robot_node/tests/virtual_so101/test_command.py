"""The virtual SO-101 at the shell."""

import threading

import pytest

from robot_node.virtual_so101.arm import servos
from robot_node.virtual_so101.bus import ServoBus
from robot_node.virtual_so101.command import CommandError, listen, obey


@pytest.fixture
def bus() -> ServoBus:
    """Return an arm on a line."""
    return ServoBus(servos())


def test_what_goes_wrong_on_the_line_can_be_typed(bus: ServoBus) -> None:
    """As shares."""
    assert obey(bus, None, "corrupt 0.05\n")
    assert obey(bus, None, "lose 0.1")
    assert (bus.faults.corrupted, bus.faults.lost) == (0.05, 0.1)


def test_a_joint_can_be_turned_by_name(bus: ServoBus) -> None:
    """While its torque is off."""
    assert obey(bus, None, "turn elbow_flex 2500")
    assert bus.servos[2].position == 2500


def test_pulling_the_plug_ends_it(bus: ServoBus) -> None:
    """And an empty line is nothing."""
    assert obey(bus, None, "\n")
    assert not obey(bus, None, "unplug")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("jump", "'jump': accepted: corrupt SHARE"),
        ("turn tail 3", "accepted: .*shoulder_pan"),
        ("corrupt 2", "2 is not from 0 to 1"),
        ("freeze on", "accepted: "),
    ],
)
def test_a_line_that_means_nothing_is_answered_with_what_does(
    bus: ServoBus, line: str, said: str
) -> None:
    """A camera that there is not cannot freeze."""
    with pytest.raises(CommandError, match=said):
        obey(bus, None, line)


@pytest.mark.parametrize(
    ("lines", "leaves_with_input", "ends"),
    [(["unplug"], False, True), (["jump"], False, False), ([], True, True)],
)
def test_it_listens_until_the_plug_is_pulled_or_its_input_ends(
    bus: ServoBus,
    lines: list[str],
    leaves_with_input: bool,
    ends: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where it was told to leave with it; a wrong line is said and ends nothing."""
    stopped = threading.Event()
    listen(bus, None, lines, stopped, leaves_with_input=leaves_with_input)
    assert stopped.is_set() is ends
    assert ("virtual-so101: 'jump'" in capsys.readouterr().err) is ("jump" in lines)
