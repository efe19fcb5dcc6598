"""Record, evaluate and train on the virtual SO-101, with LeRobot's own drivers."""

import json
import sys
import time
from pathlib import Path

import psutil
import pytest
import small_classifier
from harness import EPISODE, ROOT, TEST_NODES, drop, flags, node, passed, printed, run, said_by
from lerobot.datasets import LeRobotDataset
from lerobot.robots.so_follower import SO101Follower, SO101FollowerConfig
from recording_runs import put_stage
from robot_rig import headless, recorded, short_episodes
from training_rig import Training
from virtual_arm import URDF, calibrate

from dora_hil.hardware.virtual_arm import VirtualArm
from dora_hil_datasets.dataset.existing import read_existing
from virtual_so101_node.arm import RANGE_TICKS

pytestmark = pytest.mark.slow


def test_a_recording_has_what_the_arm_did_and_opens_with_lerobot(tmp_path: Path) -> None:
    """Joints in LeRobot's names, the camera's pictures, every step."""
    with run(recorded(tmp_path, 2), tmp_path) as running:
        running.end_well(240)
        steps = [m for m in running.messages() if m["kind"] in ("mid", "last")]
    dataset = LeRobotDataset("test/so101", root=tmp_path / "dataset")
    assert dataset.num_episodes == 2
    assert len(dataset) == len(steps)
    assert dataset.features["action"]["names"][0] == "shoulder_pan.pos"
    assert dataset[0]["observation.images.front"].shape == (3, 128, 128)
    executed = [step["action.joint"] for step in steps]
    for row, action in enumerate(executed):
        assert dataset[row]["action"].tolist() == pytest.approx(action, abs=1e-4)
    # The hand has moved it.
    assert max(step["action.joint"][0] for step in steps) != steps[0]["action.joint"][0]


def test_a_killed_bridge_leaves_the_saved_episodes_and_ends_the_run(tmp_path: Path) -> None:
    """The virtual arm ends with it: nothing is left running."""
    with run(recorded(tmp_path, 5), tmp_path) as running:
        running.wait_for(lambda m: any(x["episode"] == 1 and x["step"] > 3 for x in m), 200)
        arm = running.pid_of("virtual-so101")
        running.kill("robot-node")
        assert running.wait(120) != 0
        assert "the body ended before the run was over; look for its last line" in running.log()
    assert len(read_existing(tmp_path / "dataset").lengths) >= 1
    assert not psutil.pid_exists(arm) or psutil.Process(arm).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    ("killed", "said"),
    [
        ("policy.py", "Node `policy` failed: exited because of signal SIGKILL"),
        ("robot-node", "Node `body` failed: exited because of signal SIGKILL"),
    ],
)
def test_after_a_node_is_killed_the_arm_stands_still_inside_its_limits(
    tmp_path: Path, killed: str, said: str
) -> None:
    """The policy's node or the bridge itself; the arm is asked afterwards, by another driver."""
    calibrate(tmp_path)
    with VirtualArm(tmp_path / "port") as arm:
        config = short_episodes(seconds=60.0)
        config["env"]["robot"] = {
            "type": "so101_follower",
            "port": str(arm.port),
            "id": "virtual",
            "calibration_dir": str(tmp_path),
        }
        config["env"]["processor"]["inverse_kinematics"]["urdf_path"] = str(URDF)
        graph = headless("dataflow-eval-so101.yaml", config, tmp_path)
        policy = node(graph, "policy")
        policy |= {"path": sys.executable, "args": str(TEST_NODES / "policy.py")}
        inputs = {"episode": EPISODE, "status": said_by("body", "status")}
        policy |= {"inputs": inputs, "outputs": ["action"]}
        graph["nodes"] = [policy, node(graph, "body")]
        body = node(graph, "body")
        body["inputs"] = {name: body["inputs"][name] for name in ("tick", "action")}
        body["outputs"] = ["episode", "status"]
        with run(graph, tmp_path) as running:
            running.wait_for(passed(driver="action"), 120)
            running.kill(killed)
            assert running.wait(60) != 0
            assert said in running.log()
        follower = SO101Follower(
            SO101FollowerConfig(port=str(arm.port), id="virtual", calibration_dir=tmp_path)
        )
        follower.bus.connect(handshake=False)
        # It has gone to its last goal by then, as a servo comes to rest: ever more slowly.
        time.sleep(1.0)
        first, goal, torque = (
            follower.bus.sync_read(name, normalize=False, num_retry=5)
            for name in ("Present_Position", "Goal_Position", "Torque_Enable")
        )
        assert first == pytest.approx(goal, abs=1)
        time.sleep(0.5)
        later = follower.bus.sync_read("Present_Position", normalize=False, num_retry=5)
        assert later == pytest.approx(first, abs=1)
        assert set(torque.values()) == {1}
        for joint, (low, high) in RANGE_TICKS.items():
            assert low <= first[joint] <= high
        follower.bus.disconnect(disable_torque=False)


def test_a_reward_classifier_ends_the_arms_episodes(tmp_path: Path) -> None:
    """The same four lines as beside the simulator; the arm goes home for the next one."""
    graph = recorded(tmp_path, 2)
    put_stage(graph, "keyboard", "recorder")
    classifier = small_classifier.sure(tmp_path, "observation.images.front")
    node(graph, "reward")["env"]["REWARD_ARGS"] = (
        f"--env.processor.reward_classifier.pretrained_path={classifier} "
        "--reward_stage.consecutive_frames=5"
    )
    with run(graph, tmp_path, environ={"HF_HUB_OFFLINE": "1"}) as running:
        running.end_well(240)
    kept = read_existing(tmp_path / "dataset")
    assert kept.lengths == (4, 4)
    assert [(r.success, r.end_reason) for r in kept.records] == [(True, "success")] * 2


def test_a_policy_trained_on_the_recording_drives_the_arm(tmp_path: Path) -> None:
    """The simulator's policy config, a few steps of training, joints in and joints out."""
    with run(recorded(tmp_path, 2), tmp_path, probe=False) as running:
        running.end_well(240)
    words = {
        "config_path": ROOT / "configs/example_gym_hil_train_cpu.json",
        "dataset.repo_id": "test/so101",
        "dataset.root": tmp_path / "dataset",
        "output_dir": tmp_path / "trained",
        "policy.dim_model": 32,
        "policy.dim_feedforward": 32,
        "policy.pretrained_backbone_weights": "null",
        "batch_size": 2,
        "num_workers": 0,
        "steps": 2,
    }
    printed("lerobot-train", *flags(words), OMP_NUM_THREADS="1")
    graph = headless("dataflow-eval-so101.yaml", short_episodes(), tmp_path)
    drop(graph, "keyboard")
    node(graph, "policy")["env"]["EVAL_ARGS"] = (
        f"--policy.path={tmp_path / 'trained'} --eval.n_episodes=2 --eval.video=none "
        f"--eval.output_dir={tmp_path / 'eval'}"
    )
    with run(graph, tmp_path / "evaluation", environ={"HF_HUB_OFFLINE": "1"}) as running:
        running.end_well(240)
        driven = [m for m in running.messages() if m["driver"] == "action"]
    assert len(driven) > 20
    assert json.loads((tmp_path / "eval/results.json").read_text())["episodes"]


def test_hil_serl_trains_on_the_arm(tmp_path: Path) -> None:
    """Demonstrations by the hand, the real learner as a node, weights that come back."""
    more = "--action_space=ee_delta"
    with run(recorded(tmp_path, 2, "so101_env_train.json", more), tmp_path, probe=False) as running:
        running.end_well(240)
    training = Training(tmp_path, tmp_path / "dataset", "train_so101.json")
    training.words["dataset.repo_id"] = "test/so101"
    env = short_episodes("so101_env_train.json")
    graph = headless("dataflow-train-so101.yaml", env, tmp_path)
    with training.act(graph, with_learner=True) as running:
        training.wait_for_weights(running, 2, timeout_s=400)
        training.stop(running)
    episodes = training.episodes()
    assert sum(e["length"] for e in episodes) == episodes[-1]["Interaction step"]
    assert training.updates()[-1]["offline_replay_buffer_size"] > 0
