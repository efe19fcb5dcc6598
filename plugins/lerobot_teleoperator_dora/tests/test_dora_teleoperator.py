"""A teleoperator on a scripted bridge; with a real dataflow: tests/test_dataflow_bridge.py."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from lerobot.processor.hil_processor import HasTeleopEvents
from lerobot.teleoperators import make_teleoperator_from_config
from lerobot.teleoperators.utils import TeleopEvents
from lerobot.utils.errors import DeviceNotConnectedError
from scripted_bridge import ScriptedBridge

from dora_hil_bridge.client import BridgeError
from dora_hil_bridge.framing import encode
from lerobot_teleoperator_dora import DoraTeleoperator, DoraTeleoperatorConfig

NAMES = ["delta_x", "delta_y", "delta_z", "gripper"]
HELLO = {
    "body": "small",
    "action_spaces": ["ee_delta"],
    "columns": {"action.ee_delta": {"shape": [4], "names": NAMES}},
}


class People(ScriptedBridge):
    """A bridge with a person at it.

    Attributes:
        wish: what the person asks for.
        commands: what the person has commanded and nobody has heard yet.
    """

    def __init__(self, path: Path) -> None:
        """Listen; nobody presses anything."""
        self.wish: dict[str, Any] = {"value": [0, 0, 0, 1], "engaged": False}
        self.commands: list[str] = []
        super().__init__(path, self._said)

    def _said(self, question: Mapping[str, Any]) -> bytes:
        match question["ask"]:
            case "hello":
                return encode(HELLO)
            case "commands":
                commands, self.commands = self.commands, []
                return encode({"commands": commands})
            case _:
                return encode(self.wish)


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    """Listen on a real socket."""
    it = People(tmp_path / "b.sock")
    yield it
    it.close()


@pytest.fixture
def teleoperator(people: People) -> Iterator[DoraTeleoperator]:
    """Connect."""
    it = teleoperator_at(people.path)
    it.connect()
    yield it
    it.disconnect()


def teleoperator_at(path: Path) -> DoraTeleoperator:
    """Return a teleoperator as LeRobot makes one."""
    config = DoraTeleoperatorConfig(socket=str(path), calibration_dir=path.parent)
    teleoperator = make_teleoperator_from_config(config)
    assert isinstance(teleoperator, DoraTeleoperator)
    return teleoperator


def test_its_actions_have_the_names_of_the_robots_delta_space(
    teleoperator: DoraTeleoperator, people: People
) -> None:
    """So that the robot takes them as they are."""
    people.wish = {"value": [0.5, 0, -1, 2], "engaged": True}
    action = teleoperator.get_action()
    assert action == {"delta_x.pos": 0.5, "delta_y.pos": 0, "delta_z.pos": -1, "gripper.pos": 2}
    assert action.keys() == teleoperator.action_features.keys()


def test_while_nobody_drives_it_says_hold(teleoperator: DoraTeleoperator) -> None:
    """No motion, the gripper stays."""
    assert list(teleoperator.get_action().values()) == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("command", "event"),
    [
        ("success", TeleopEvents.SUCCESS),
        ("failure", TeleopEvents.FAILURE),
        ("rerecord", TeleopEvents.RERECORD_EPISODE),
        ("next", TeleopEvents.TERMINATE_EPISODE),
        ("stop", TeleopEvents.TERMINATE_EPISODE),
    ],
)
def test_a_command_is_an_event_once(
    teleoperator: DoraTeleoperator, people: People, command: str, event: TeleopEvents
) -> None:
    """Each of them ends the episode."""
    people.commands.append(command)
    first, second = teleoperator.get_teleop_events(), teleoperator.get_teleop_events()
    assert {name for name, is_so in first.items() if is_so} == {
        event,
        TeleopEvents.TERMINATE_EPISODE,
    }
    assert not any(second.values())


def test_who_drives_intervenes(teleoperator: DoraTeleoperator, people: People) -> None:
    """As long as they hold a key."""
    people.wish["engaged"] = True
    assert teleoperator.get_teleop_events()[TeleopEvents.IS_INTERVENTION]


def test_lerobot_knows_that_it_has_events(teleoperator: DoraTeleoperator) -> None:
    """Its HIL processors ask."""
    assert isinstance(teleoperator, HasTeleopEvents)


def test_without_a_dataflow_it_is_one_line(tmp_path: Path) -> None:
    """With what to start."""
    with pytest.raises(BridgeError, match="no dataflow listens here"):
        teleoperator_at(tmp_path / "none.sock").connect()


def test_a_teleoperator_that_is_not_connected_says_so(tmp_path: Path) -> None:
    """In LeRobot's own words."""
    with pytest.raises(DeviceNotConnectedError):
        teleoperator_at(tmp_path / "none.sock").get_action()
