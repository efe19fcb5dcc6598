"""A leader arm and the follower that a hand teaches with it, from the two ports to the dataset."""

from pathlib import Path

import numpy as np
import pytest
from harness import dataflow, drop, node, passed, run
from lerobot.datasets import LeRobotDataset
from robot_rig import record_words, short_episodes, with_config

from dora_hil.hardware.virtual_arm import VirtualArm
from leader_node.virtual_leader import calibrate

PAN_TICKS = 2400
PAN_DEG = (PAN_TICKS - 2047.5) * 360 / 4095
"""Where the hand turns the leader's first joint."""


@pytest.mark.slow
def test_what_a_hand_does_with_the_leader_is_recorded_of_the_follower(tmp_path: Path) -> None:
    """The leader comes to the follower first; then the follower goes where the hand turns it."""
    with VirtualArm(tmp_path / "port", "--weightless") as leader:
        block = {
            "type": "so101_leader",
            "port": str(leader.port),
            "id": "virtual",
            "calibration_dir": str(tmp_path),
        }
        calibrate(block, "leader")
        graph = dataflow("dataflow-record-so101-leader.yaml")
        drop(graph, "keyboard", "web", "rerun")
        with_config(graph, short_episodes(seconds=6.0), tmp_path)
        node(graph, "recorder")["env"]["RECORD_ARGS"] = record_words(tmp_path, 1)
        words = [f"--teleop.{key}={value}" for key, value in block.items() if key != "type"]
        node(graph, "leader")["env"]["LEADER_ARGS"] = " ".join(words)
        with run(graph, tmp_path) as running:
            running.wait_for(passed(driver="intervention_leader"), 200)
            leader.tell(f"turn shoulder_pan {PAN_TICKS}")
            running.end_well(120)
    dataset = LeRobotDataset("test/so101", root=tmp_path / "dataset")
    actions = np.array(dataset.hf_dataset["action"])
    states = np.array(dataset.hf_dataset["observation.state"])
    assert actions[-1, 0] == pytest.approx(PAN_DEG, abs=0.2)
    assert states[-1, 0] == pytest.approx(PAN_DEG, abs=2.0)
    # No joint jumps, and nothing but the hand's joint goes anywhere.
    assert np.abs(np.diff(actions, axis=0)).max() <= 180.0 * 0.1 + 1e-3
    assert np.ptp(actions[:, 1:5], axis=0).max() < 10.0
