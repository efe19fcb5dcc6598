"""`dataflow-bridge.yaml`: LeRobot's own commands use a running dataflow as their robot."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_policy
from harness import (
    BIN,
    TEST_NODES,
    TICK,
    Run,
    dataflow,
    drop,
    node,
    python_node,
    run,
    said_by,
    write_changed,
)
from lerobot.datasets import LeRobotDataset
from robot_rig import short_episodes

from dora_hil.stream.actions import ActionSpace, hold_ee_delta
from dora_hil.stream.spec import ColumnSpec, StreamSpec, ee_action_columns
from dora_hil_bridge.client import BridgeClient

HAND = np.array([0.2, -0.1, 0.0, 1.0], dtype=np.float32)
"""What `tests/nodes/scripted_hand.py` asks for while it presses."""

ABOUT_POSTURE = (10.0, -38.0, 35.0, 80.0, 10.0, 30.0)
"""Each joint 10 degrees (or percent) from where the arm begins."""

STATE_NAMES = [
    *(f"joint{i}.pos" for i in range(1, 8)),
    *(f"joint{i}.vel" for i in range(1, 8)),
    "gripper.command.pos",
    *(f"tcp.{axis}.pos" for axis in "xyz"),
]
ACTION_NAMES = ["delta_x.pos", "delta_y.pos", "delta_z.pos", "gripper.pos"]


class Bridged:
    """A dataflow that LeRobot's commands can use.

    Attributes:
        running: the dataflow.
        socket: where its bridge listens.
    """

    def __init__(self, running: Run, socket: Path) -> None:
        """Look at a running dataflow."""
        self.running = running
        self.socket = socket

    def command(self, name: str, *words: str) -> subprocess.Popen[str]:
        """Start one of LeRobot's commands, with the dataflow as its robot."""
        robot = ("--robot.type=dora", f"--robot.socket={self.socket}")
        with (self.running.folder / f"{name}.log").open("w") as output:
            return subprocess.Popen(
                [str(BIN / name), *robot, *words],
                env={**os.environ, "HF_LEROBOT_HOME": str(self.running.folder / "lerobot")},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )

    def record(self, root: Path, *, episodes: int, time_s: int) -> subprocess.Popen[str]:
        """Start `lerobot-record` with the dataflow's people as its teleoperator."""
        return self.command(
            "lerobot-record",
            "--teleop.type=dora",
            f"--teleop.socket={self.socket}",
            "--dataset.repo_id=example/bridge",
            f"--dataset.root={root}",
            "--dataset.single_task=Push the cube",
            "--dataset.fps=10",
            f"--dataset.num_episodes={episodes}",
            f"--dataset.episode_time_s={time_s}",
            "--dataset.reset_time_s=1",
            "--dataset.no_stamp=true",
            "--dataset.push_to_hub=false",
            "--dataset.rgb_encoder.vcodec=h264",
            "--play_sounds=false",
        )

    def said(self, name: str) -> str:
        """Return what a command printed."""
        return (self.running.folder / f"{name}.log").read_text()

    def until_it_drives(self) -> list[dict[str, Any]]:
        """Wait until the hand's motion has reached the body through LeRobot."""
        return self.running.wait_for(lambda ms: any(_is_hands(m) for m in ms), timeout_s=240)


def _is_hands(message: dict[str, Any]) -> bool:
    if message["kind"] != "mid":
        return False
    return bool(np.allclose(message["action.ee_delta"], HAND, atol=1e-3))


@pytest.fixture(scope="module")
def env_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the bridge's environment with one small camera."""
    path = tmp_path_factory.mktemp("env") / "small.json"
    camera = {"camera": "front", "width_px": 64, "height_px": 48}
    return write_changed(path, "gym_hil_env_bridge.json", sim__cameras={"front": camera})


@contextmanager
def bridged(
    folder: Path, env_config: Path, lockstep: str = "", name: str = "dataflow-bridge.yaml"
) -> Iterator[Bridged]:
    """Run the dataflow with a scripted hand instead of the people's devices."""
    graph = dataflow(name)
    drop(graph, "keyboard", "gamepad", "web")
    bridge = node(graph, "bridge")
    bridge["inputs"]["intervention_hand"] = {"source": "hand/action", "queue_size": 1}
    inputs = {"tick": TICK, "status": said_by("bridge", "status")}
    hand = python_node("hand", TEST_NODES / "scripted_hand.py", inputs=inputs, outputs=["action"])
    graph["nodes"].append(hand)
    socket = folder / "bridge.sock"
    environ = {
        "BRIDGE_SOCKET": str(socket),
        "ENV_CONFIG": str(env_config),
        "LOCKSTEP": lockstep,
        "VIEWER": "off",
    }
    with run(graph, folder, environ=environ) as running:
        running.wait_for(lambda ms: len(ms) > 0, timeout_s=90)
        yield Bridged(running, socket)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, env_config: Path) -> Iterator[Bridged]:
    """One dataflow for all commands that leave it as it was, one after the other."""
    with bridged(tmp_path_factory.mktemp("shared"), env_config) as it:
        yield it


@pytest.fixture(scope="module")
def recorded(shared: Bridged) -> Path:
    """Record two episodes of two seconds with `lerobot-record`."""
    root = shared.running.folder / "dataset"
    command = shared.record(root, episodes=2, time_s=2)
    assert command.wait(240) == 0, shared.said("lerobot-record")
    return root


def test_nothing_moves_while_no_lerobot_process_drives(shared: Bridged) -> None:
    """No episode begins, and the body reports its pictures all the same."""
    messages = shared.running.wait_for(lambda ms: len(ms) >= 5)[:5]
    assert {(m["kind"], m["phase"], m["episode"]) for m in messages} == {("phase", "resetting", -1)}


@pytest.mark.slow
def test_lerobot_record_writes_a_dataset_of_what_people_did(recorded: Path) -> None:
    """At most 20 frames each, with the names that LeRobot looks for; pictures show something."""
    dataset = LeRobotDataset("example/bridge", root=recorded)
    lengths = [int(n) for n in dataset.meta.episodes["length"]]
    assert len(lengths) == 2
    assert all(10 <= length <= 20 for length in lengths)
    assert len(dataset) == sum(lengths)
    assert dataset.meta.robot_type == "dora"
    features = dataset.meta.features
    assert features["observation.state"]["names"] == STATE_NAMES
    assert features["action"]["names"] == ACTION_NAMES
    assert tuple(features["observation.images.front"]["shape"]) == (48, 64, 3)
    assert dataset[3]["observation.images.front"].std() > 0.02
    actions = np.stack([dataset[i]["action"] for i in range(len(dataset))])
    np.testing.assert_array_equal(np.unique(actions, axis=0), [hold_ee_delta(), HAND])


@pytest.mark.slow
def test_lerobot_rollout_lets_a_policy_drive_the_body(
    shared: Bridged, recorded: Path, tmp_path: Path
) -> None:
    """In the space that the robot was told: near the place that an untrained policy hovers at."""
    columns = {
        "observation.state": ColumnSpec((len(STATE_NAMES),), tuple(STATE_NAMES)),
        "observation.images.front": ColumnSpec.image(48, 64),
        **ee_action_columns(),
    }
    spec = StreamSpec("", "gym_hil", ("ee_absolute",), columns)
    policy = small_policy.write(tmp_path / "act", spec)
    before = len(shared.running.messages())
    words = (
        f"--policy.path={policy}",
        "--robot.action_space=ee_absolute",
        "--fps=10",
        "--duration=3",
        "--return_to_initial_position=false",
    )
    command = shared.command("lerobot-rollout", *words)
    assert command.wait(240) == 0, shared.said("lerobot-rollout")
    executed = [
        message["action.ee_absolute"]
        for message in shared.running.messages()[before:]
        if message["kind"] == "mid" and message["driver"] == "action"
    ]
    assert len(executed) >= 5
    assert np.abs(np.array(executed) - small_policy.ABOUT_HOME).max() < 0.1


@pytest.mark.slow
def test_a_killed_lerobot_process_leaves_a_still_arm_and_a_dataflow_for_the_next(
    shared: Bridged,
) -> None:
    """`kill -9` in the middle of `lerobot-teleoperate`; the next one gets an episode of its own."""
    seen = len(shared.running.messages())
    command = shared.command(
        "lerobot-teleoperate", "--teleop.type=dora", f"--teleop.socket={shared.socket}"
    )
    shared.running.wait_for(lambda ms: any(map(_is_hands, ms[seen:])), timeout_s=240)
    command.send_signal(signal.SIGKILL)
    command.wait()
    killed = len(shared.running.messages())
    after = shared.running.wait_for(lambda ms: len(ms) > killed + 20)[killed + 2 :]
    assert {message["driver"] for message in after} == {"hold"}
    assert len({tuple(message["action.ee_absolute"]) for message in after}) == 1

    client = BridgeClient(shared.socket, timeout_s=10.0)
    features = client.open(drives=True)
    client.act("ee_delta", HAND.tolist())
    answered = shared.running.wait_for(lambda ms: any(map(_is_hands, ms[killed + 20 :])))[-1]
    client.close()
    assert answered["episode"] == after[-1]["episode"] + 1
    assert list(features.observation()) == [*STATE_NAMES, "front"]


@pytest.mark.slow
def test_lerobots_commands_teleoperate_record_and_roll_out_on_the_virtual_arm(
    tmp_path: Path,
) -> None:
    """A person's steps in space come out as such; a policy of joints leads every joint."""
    config = tmp_path / "env.json"
    config.write_text(json.dumps(short_episodes("so101_env_bridge.json", seconds=3600.0)))
    with bridged(tmp_path / "run", config, name="dataflow-bridge-so101.yaml") as it:
        command = it.command(
            "lerobot-teleoperate", "--teleop.type=dora", f"--teleop.socket={it.socket}"
        )
        it.until_it_drives()
        command.send_signal(signal.SIGINT)
        command.wait(60)

        root = tmp_path / "dataset"
        command = it.record(root, episodes=1, time_s=3)
        assert command.wait(240) == 0, it.said("lerobot-record")
        dataset = LeRobotDataset("example/bridge", root=root)
        features = dataset.meta.features
        assert features["observation.state"]["names"][0] == "shoulder_pan.pos"
        assert features["action"]["names"] == ACTION_NAMES
        actions = np.array(dataset.hf_dataset["action"])
        np.testing.assert_array_equal(np.unique(actions, axis=0), [hold_ee_delta(), HAND])

        names = tuple(features["observation.state"]["names"])
        units = ("deg",) * len(names)
        columns = {
            "observation.state": ColumnSpec((len(names),), names),
            "observation.images.front": ColumnSpec.image(128, 128),
            "action.joint": ColumnSpec((len(names),), names, units),
        }
        spec = StreamSpec("", "so101_follower", ("joint",), columns)
        policy = small_policy.write(
            tmp_path / "act", spec, space=ActionSpace.JOINT, about=ABOUT_POSTURE
        )
        before = len(it.running.messages())
        command = it.command(
            "lerobot-rollout",
            f"--policy.path={policy}",
            "--robot.action_space=joint",
            "--fps=10",
            "--duration=3",
            "--play_sounds=false",
        )
        assert command.wait(240) == 0, it.said("lerobot-rollout")
        messages = it.running.messages()[before:]
    reached = [m["observation.state"] for m in messages if m["driver"] == "action"]
    assert len(reached) >= 5
    assert np.abs(np.array(reached) - ABOUT_POSTURE).max(axis=1).min() < 2.0


@pytest.mark.slow
def test_in_lockstep_every_frame_is_a_step_and_every_action_is_executed(
    tmp_path: Path, env_config: Path
) -> None:
    """None is left out, seen twice or late, whatever the machine is doing."""
    with bridged(tmp_path / "run", env_config, lockstep="action") as it:
        command = it.record(tmp_path / "dataset", episodes=1, time_s=3)
        assert command.wait(240) == 0, it.said("lerobot-record")
        messages = it.running.messages()
    frames = LeRobotDataset("example/bridge", root=tmp_path / "dataset").hf_dataset
    states, actions = np.array(frames["observation.state"]), np.array(frames["action"])
    steps = [message for message in messages if message["kind"] in ("first", "mid")]
    assert len(frames) >= 10
    assert steps[len(frames) - 1]["late"] == 0
    np.testing.assert_allclose(states, [m["observation.state"] for m in steps[: len(frames)]])
    executed = [message["action.ee_delta"] for message in steps[1 : len(frames)]]
    np.testing.assert_allclose(actions[:-1], executed, atol=1e-3)


@pytest.mark.slow
def test_a_killed_bridge_ends_lerobot_record_with_one_error(
    tmp_path: Path, env_config: Path
) -> None:
    """It says what has ended and what to start; the dataflow ends too, with an error."""
    with bridged(tmp_path / "run", env_config) as it:
        command = it.record(tmp_path / "dataset", episodes=1, time_s=600)
        it.until_it_drives()
        it.running.kill("bridge-node")
        assert command.wait(60) != 0
        said = it.said("lerobot-record")
        # LeRobot looks for a decoder at its start, with ten tracebacks where FFmpeg is missing.
        said = said.rpartition("[end of libtorchcodec loading traceback]")[2]
        assert said.count("Traceback") == 1
        assert said.rstrip().splitlines()[-1] == (
            f"dora_hil_bridge.client.BridgeError: {it.socket}: the dataflow has ended; "
            "start it again: uv run dora run dataflow-bridge.yaml"
        )
        assert it.running.wait(60) != 0


@pytest.mark.slow
def test_a_command_without_a_dataflow_says_what_to_start(tmp_path: Path) -> None:
    """Before a dataset is made."""
    words = (
        "--teleop.type=dora",
        f"--teleop.socket={tmp_path / 'none.sock'}",
        "--robot.type=dora",
        f"--robot.socket={tmp_path / 'none.sock'}",
        "--dataset.repo_id=example/bridge",
        f"--dataset.root={tmp_path / 'dataset'}",
        "--dataset.single_task=Push the cube",
        "--dataset.push_to_hub=false",
        "--play_sounds=false",
    )
    done = subprocess.run(
        [BIN / "lerobot-record", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "no dataflow listens here" in done.stderr.rstrip().splitlines()[-1]
    assert "dora run dataflow-bridge.yaml" in done.stderr
    assert not (tmp_path / "dataset").exists()
