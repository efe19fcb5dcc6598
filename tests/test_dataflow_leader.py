"""What a hand teaches an arm with, from the device to the dataset."""

import json
from pathlib import Path

import lerobot_teleoperator_pointer
import numpy as np
import pytest
from harness import dataflow, drop, node, passed, run
from lerobot.datasets import LeRobotDataset
from plugin_folder import install
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


@pytest.mark.slow
def test_the_operators_hand_lifts_the_block_by_the_leader(tmp_path: Path) -> None:
    """What is recorded are joints, as of a person, and the world says that it was lifted."""
    graph = dataflow("dataflow-record-so101-leader.yaml")
    drop(graph, "keyboard", "web", "rerun")
    with_config(graph, short_episodes(seconds=20.0), tmp_path)
    node(graph, "recorder")["env"]["RECORD_ARGS"] = record_words(tmp_path, 2)
    node(graph, "operator")["env"] |= {"OPERATOR_MODE": "always", "OPERATOR_SUCCESS_DELAY_S": "0"}
    with run(graph, tmp_path) as running:
        running.end_well(200)
    dataset = LeRobotDataset("test/so101", root=tmp_path / "dataset")
    ends = [i - 1 for i in dataset.meta.episodes["dataset_to_index"]]
    assert [bool(dataset.hf_dataset[i]["next.success"]) for i in ends] == [True, True]
    assert dataset.meta.features["action"]["shape"] == (6,)


@pytest.mark.slow
def test_what_a_plugins_device_says_is_recorded_of_the_arm(tmp_path: Path) -> None:
    """It moves the tool, and its own button ends the episode."""
    said = tmp_path / "said.json"
    # Between episodes a hand that holds the arm would keep it from going home.
    said.write_text(json.dumps({"is_intervention": False}))
    graph = dataflow("dataflow-record-so101-leader.yaml")
    drop(graph, "keyboard", "web", "rerun")
    with_config(graph, short_episodes(seconds=60.0), tmp_path)
    node(graph, "recorder")["env"]["RECORD_ARGS"] = (
        f"{record_words(tmp_path, 1)} --action_space=ee_delta"
    )
    block = {"type": "pointer", "said": str(said)}
    node(graph, "leader")["env"]["LEADER_ARGS"] = f"--teleop='{json.dumps(block)}'"
    plugin = install(lerobot_teleoperator_pointer, tmp_path / "plugin")
    with run(graph, tmp_path, environ={"PYTHONPATH": str(plugin)}) as running:
        running.wait_for(passed(kind="first"), 200)
        said.write_text(json.dumps({"delta_x": 0.25, "is_intervention": True}))
        running.wait_for(passed(driver="intervention_leader", step=20), 60)
        said.write_text(json.dumps({"is_intervention": True, "success": True}))
        running.end_well(120)
    dataset = LeRobotDataset("test/so101", root=tmp_path / "dataset")
    actions = np.array(dataset.hf_dataset["action"])
    assert sorted(actions[:, 0])[-5:] == pytest.approx([0.25] * 5, abs=1e-6)
    assert [bool(x) for x in dataset.hf_dataset["next.success"]][-1]
