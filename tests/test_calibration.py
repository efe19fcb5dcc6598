"""`lerobot-calibrate` on the virtual arm, as on a real one: both hands and the Enter key."""

import json
import subprocess
import time
from pathlib import Path

import pytest
from harness import BIN, until

from dora_hil.hardware.virtual_arm import VirtualArm
from virtual_so101_node.scene import JOINTS

LOW, MIDDLE, HIGH = 1950, 2030, 2110
TURNED = [joint for joint in JOINTS if joint != "wrist_roll"]
"""LeRobot lets the wrist turn all the way."""


def turn(arm: VirtualArm, ticks: int) -> None:
    """Turn every joint by hand, and leave it there until somebody has looked."""
    for joint in TURNED:
        arm.tell(f"turn {joint} {ticks}")
    time.sleep(2.0)


@pytest.mark.slow
def test_lerobot_calibrates_the_virtual_arm(tmp_path: Path) -> None:
    """The file has the middle and the range through which the joints were turned."""
    said = tmp_path / "said.txt"

    def wait_for(text: str) -> None:
        until(lambda: text in said.read_text(), said.read_text, timeout_s=120)

    # Carried by both hands, and stretched out: every joint has room for as much.
    with VirtualArm(tmp_path / "port", "--weightless") as arm, said.open("w") as output:
        words = [
            "type=so101_follower",
            f"port={arm.port}",
            "id=mine",
            f"calibration_dir={tmp_path}",
        ]
        calibrate = subprocess.Popen(
            [str(BIN / "lerobot-calibrate"), *(f"--robot.{word}" for word in words)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert calibrate.stdin is not None
        with calibrate:
            wait_for("to the middle of its range of motion")
            turn(arm, MIDDLE)
            calibrate.stdin.write("\n")
            calibrate.stdin.flush()
            wait_for("Press ENTER to stop")
            turn(arm, LOW)
            turn(arm, HIGH)
            calibrate.stdin.write("\n")
            calibrate.stdin.flush()
            assert calibrate.wait(60) == 0, said.read_text()
    found = json.loads((tmp_path / "mine.json").read_text())
    assert list(found) == list(JOINTS)
    for joint in TURNED:
        assert found[joint]["homing_offset"] == pytest.approx(MIDDLE - 2047, abs=2)
        assert found[joint]["range_min"] == pytest.approx(LOW - MIDDLE + 2047, abs=6)
        assert found[joint]["range_max"] == pytest.approx(HIGH - MIDDLE + 2047, abs=6)
    assert (found["wrist_roll"]["range_min"], found["wrist_roll"]["range_max"]) == (0, 4095)
