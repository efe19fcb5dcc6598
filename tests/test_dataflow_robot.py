"""Record, evaluate and train on the virtual SO-101, with LeRobot's own drivers."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import small_classifier
from harness import BIN, ROOT, TEST_NODES, dataflow, node, run
from lerobot.datasets import LeRobotDataset
from lerobot.robots.so_follower import SO101Follower, SO101FollowerConfig
from robot_rig import EPISODE, STATUS, drop, headless, recorded, short_episodes
from training_rig import Training
from virtual_arm import URDF, calibrate

from dora_hil.hardware.virtual_arm import VirtualArm
from dora_hil_datasets.dataset.existing import read_existing
from virtual_so101_node.arm import RANGE_TICKS

pytestmark = pytest.mark.slow


def test_a_recording_has_what_the_arm_did_and_opens_with_lerobot(tmp_path: Path) -> None:
    """Joints in LeRobot's names, the camera's pictures, every step."""
    with run(recorded(tmp_path, 2), tmp_path) as running:
        assert running.wait(240) == 0, running.log()
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
        policy |= {"inputs": {"episode": EPISODE, "status": STATUS}, "outputs": ["action"]}
        graph["nodes"] = [policy, node(graph, "body")]
        body = node(graph, "body")
        body["inputs"] = {name: body["inputs"][name] for name in ("tick", "action")}
        body["outputs"] = ["episode", "status"]
        with run(graph, tmp_path) as running:
            running.wait_for(lambda m: any(x["driver"] == "action" for x in m), 120)
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
    stage = node(dataflow("dataflow-train-classifier.yaml"), "reward")
    classifier = small_classifier.sure(tmp_path, "observation.images.front")
    stage["env"]["REWARD_ARGS"] = (
        f"--env.processor.reward_classifier.pretrained_path={classifier} "
        "--reward_stage.consecutive_frames=5"
    )
    graph["nodes"].append(stage)
    node(graph, "body")["inputs"]["control_reward"] = {"source": "reward/control", "queue_size": 10}
    for listener in ("keyboard", "recorder"):
        node(graph, listener)["inputs"]["episode"]["source"] = "reward/episode"
    with run(graph, tmp_path, environ={"HF_HUB_OFFLINE": "1"}) as running:
        assert running.wait(240) == 0, running.log()
    kept = read_existing(tmp_path / "dataset")
    assert kept.lengths == (4, 4)
    assert [(r.success, r.end_reason) for r in kept.records] == [(True, "success")] * 2


def test_a_policy_trained_on_the_recording_drives_the_arm(tmp_path: Path) -> None:
    """The simulator's policy config, a few steps of training, joints in and joints out."""
    with run(recorded(tmp_path, 2), tmp_path, probe=False) as running:
        assert running.wait(240) == 0, running.log()
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
    command = [str(BIN / "lerobot-train"), *(f"--{key}={value}" for key, value in words.items())]
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    trained = subprocess.run(command, env=offline, capture_output=True, text=True, check=False)
    assert trained.returncode == 0, trained.stderr[-2000:]
    policy = f"--policy.path={tmp_path / 'trained'} --eval.n_episodes=2 --eval.video=none"
    policy += f" --eval.output_dir={tmp_path / 'eval'}"
    graph = headless("dataflow-eval-so101.yaml", short_episodes(), tmp_path, EVAL_ARGS=policy)
    drop(graph, "keyboard")
    folder = tmp_path / "evaluation"
    folder.mkdir()
    with run(graph, folder, environ={"HF_HUB_OFFLINE": "1"}) as running:
        assert running.wait(240) == 0, running.log()
        driven = [m for m in running.messages() if m["driver"] == "action"]
    assert len(driven) > 20
    assert json.loads((tmp_path / "eval/results.json").read_text())["episodes"]


def test_hil_serl_trains_on_the_arm(tmp_path: Path) -> None:
    """Demonstrations by the hand, the real learner as a node, weights that come back."""
    more = "--action_space=ee_delta"
    with run(recorded(tmp_path, 2, "so101_env_train.json", more), tmp_path, probe=False) as running:
        assert running.wait(240) == 0, running.log()
    training = Training(tmp_path, tmp_path / "dataset", "train_so101.json")
    training.words["dataset.repo_id"] = "test/so101"
    env = short_episodes("so101_env_train.json")
    graph = headless("dataflow-train-so101.yaml", env, tmp_path)
    with training.act(with_learner=True, graph=graph) as running:
        running.wait_for(
            lambda _: any((e.get("weight_updates") or 0) > 2 for e in training.episodes()),
            timeout_s=400,
        )
        assert training.stop(running) == 0, running.log()
    episodes = training.episodes()
    assert sum(e["length"] for e in episodes) == episodes[-1]["Interaction step"]
    assert training.updates()[-1]["offline_replay_buffer_size"] > 0
