"""A leader that the node plugs in for itself."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from dora_hil.config import ConfigError
from dora_hil.hardware.virtual_arm import VirtualArm
from dora_hil.stream.actions import ActionError, ActionSpace, hold_ee_delta
from dora_hil.stream.messages import Action
from leader_node.virtual_leader import lead, plugged_in


def test_an_arm_of_another_port_is_left_as_it_is() -> None:
    """Only the word `virtual` asks for one."""
    block = {"type": "koch_leader", "port": "/dev/ttyACM1"}
    with plugged_in(block, "teleop") as (used, _):
        assert used == block


def test_a_virtual_arm_is_there_calibrated_while_it_is_used() -> None:
    """Its calibration lies beside its port, not among the person's own."""
    with plugged_in({"type": "so101_leader", "port": "virtual", "id": "a"}, "teleop") as (used, _):
        port = Path(used["port"])
        assert port.resolve().exists()
        assert (Path(used["calibration_dir"]) / "a.json").is_file()
    assert not port.parent.exists()


def test_there_are_no_virtual_leaders_of_other_makes() -> None:
    """It says of which there are."""
    with (
        pytest.raises(ConfigError, match="so101_leader, not for 'koch_leader'"),
        plugged_in({"type": "koch_leader", "port": "virtual"}, "teleop"),
    ):
        pass


class Told:
    """An arm that keeps what a hand does."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.lines: list[str] = []

    def tell(self, line: str) -> None:
        """Keep it."""
        self.lines.append(line)


@pytest.mark.parametrize(
    ("engaged", "lines"), [(True, ["lead 0.20000 0.00000 0.05000 1.00000"]), (False, [])]
)
def test_a_hand_carries_a_virtual_arm_while_it_drives(engaged: bool, lines: list[str]) -> None:
    """Where its actions say."""
    arm = Told()
    place = np.array([0.2, 0.0, 0.05, 1.0], np.float32)
    lead(cast(VirtualArm, arm), Action(place, ActionSpace.EE_ABSOLUTE, engaged=engaged))
    assert arm.lines == lines


def test_a_hand_at_an_arm_that_has_gone_ends_nothing() -> None:
    """Whoever reads its joints says so."""

    class Gone(Told):
        def tell(self, line: str) -> None:
            raise BrokenPipeError

    place = np.array([0.2, 0.0, 0.05, 1.0], np.float32)
    lead(cast(VirtualArm, Gone()), Action(place, ActionSpace.EE_ABSOLUTE, engaged=True))


def test_a_hand_of_deltas_is_refused() -> None:
    """A place in space is needed."""
    action = Action(hold_ee_delta(), ActionSpace.EE_DELTA, engaged=True)
    with pytest.raises(ActionError, match="OPERATOR_SPACE=ee_absolute"):
        lead(cast(VirtualArm, Told()), action)


def test_a_hand_at_a_real_arm_is_refused() -> None:
    """It would drive nothing, and nobody would know why; one that does not drive harms nothing."""
    place = np.array([0.2, 0.0, 0.05, 1.0], np.float32)
    lead(None, Action(place, ActionSpace.EE_ABSOLUTE, engaged=False))
    with pytest.raises(ActionError, match="OPERATOR_MODE=off"):
        lead(None, Action(place, ActionSpace.EE_ABSOLUTE, engaged=True))


PARENT = """
import sys, time
from pathlib import Path
from dora_hil.hardware.virtual_arm import VirtualArm
arm = VirtualArm(Path(sys.argv[1]))
print("started", flush=True)
time.sleep(60)
"""


def test_it_ends_with_its_parent_even_if_that_is_killed(tmp_path: Path) -> None:
    """Nothing is left behind, and the port is free."""
    port = tmp_path / "port"
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(port)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "started\n"
        os.kill(parent.pid, signal.SIGKILL)
    deadline_s = time.monotonic() + 10.0
    while port.is_symlink():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
