"""`dataflow-replay.yaml`: what was recorded comes out again."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import replay_rig
from harness import dataflow, node, run, write_changed

from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.messages import Command
from gym_hil_node.config_file import load_config
from gym_hil_node.simulator import Simulator

pytestmark = pytest.mark.slow

TICK = "dora/timer/millis/10"
STATE = "observation.state"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two episodes of the operator, recorded in both action spaces.

    Two recorders listen to the same run; the body hears one of them alone.
    """
    folder = tmp_path_factory.mktemp("recorded")
    graph = dataflow("dataflow-record-operator.yaml")
    node(graph, "body")["inputs"]["tick"]["source"] = TICK
    second = {**copy.deepcopy(node(graph, "recorder")), "id": "recorder-delta"}
    graph["nodes"].append(second)
    for recorder, space in (("recorder", "ee_absolute"), ("recorder-delta", "ee_delta")):
        node(graph, recorder)["env"]["RECORD_ARGS"] = (
            f"--dataset.num_episodes=2 --dataset.root={folder}/{space} --action_space={space}"
        )
    with run(graph, folder, probe=False) as running:
        running.end_well(300)
    return folder


def replayed(folder: Path, root: Path, *words: str, **variables: str) -> dict[str, Any]:
    """Replay all episodes of a dataset and return what was written of it."""
    graph = dataflow("dataflow-replay.yaml")
    node(graph, "body")["inputs"]["tick"]["source"] = TICK
    output = folder / "deviation.json"
    words = (
        f"--dataset.root={root}",
        "--dataset.replay_episode=all",
        f"--output={output}",
        *words,
    )
    variables |= {"VIEWER": "off", "REPLAY_ARGS": " ".join(words)}
    with run(graph, folder, environ=variables, probe=False) as running:
        running.end_well(300)
    written: dict[str, Any] = json.loads(output.read_text())
    return written


@pytest.mark.parametrize(("space", "limit"), [("ee_delta", 0.0), ("ee_absolute", 1e-5)])
def test_the_operators_episodes_come_out_again(
    recorded: Path, tmp_path: Path, space: str, limit: float
) -> None:
    """From deltas to the last bit; from absolute targets as near as float32 tells them."""
    result = replayed(tmp_path, recorded / space, "--compare_pictures=false")
    assert result["action_space"] == space
    assert [(e["episode_index"], e["seed"]) for e in result["episodes"]] == [(0, 0), (1, 1)]
    for episode in result["episodes"]:
        assert episode["length"]["replayed"] == episode["length"]["recorded"] > 10
        assert episode["end_reason"] == {"recorded": "success", "replayed": "success"}
        assert episode["driven_by_others"] == 0
        assert max(episode["vectors"][STATE]["max_abs"]) <= limit
        assert episode["vectors"]["next.reward"]["max_abs"] == [0.0]
        assert not any(episode["differing_flags"].values())


def test_the_recorded_video_shows_what_the_body_sees_again(recorded: Path, tmp_path: Path) -> None:
    """As far as the codec lets it; with another seed the wrist's worst frame has 13 dB."""
    words = ("--dataset.replay_episode=1", "--compare_pictures=true")
    result = replayed(tmp_path, recorded / "ee_absolute", *words)
    pictures = result["total"]["pictures"]
    assert list(pictures) == ["observation.images.front", "observation.images.wrist"]
    assert min(picture["min_psnr_db"] for picture in pictures.values()) > 30


def test_another_seed_does_not_come_out_the_same(recorded: Path, tmp_path: Path) -> None:
    """Otherwise the test above would prove nothing."""
    result = replayed(tmp_path, recorded / "ee_delta", "--seed=50", "--compare_pictures=false")
    assert [e["seed"] for e in result["episodes"]] == [50, 51]
    assert [e["end_reason"]["replayed"] for e in result["episodes"]] != ["success"] * 2
    assert max(result["total"]["vectors"][STATE]["max_abs"]) > 1e-3


def test_episodes_that_a_person_ended_end_at_the_same_step(tmp_path: Path) -> None:
    """Though the command and the last action travel on two ports."""
    config = write_changed(
        tmp_path / "env.json", "gym_hil_env_state.json", env__processor__reset__control_time_s=1.2
    )
    simulator = Simulator(load_config(config))
    body = replay_rig.body_of(simulator, max_steps=simulator.max_steps)
    commands = [Command.NEXT, Command.FAILURE, Command.SUCCESS, None] * 2
    episodes = [
        replay_rig.perform(body, seed, {4 + seed % 5: command} if command else None)
        for seed, command in enumerate(commands)
    ]
    replay_rig.save(tmp_path / "dataset", episodes, ActionSpace.EE_DELTA, video=False)
    result = replayed(tmp_path, tmp_path / "dataset", "--say_success=true", ENV_CONFIG=str(config))
    ends = [(e["length"]["replayed"], e["end_reason"]["replayed"]) for e in result["episodes"]]
    assert ends == [(e[-1].step, str(e[-1].end_reason)) for e in episodes]
    assert {end for _, end in ends} == {"operator", "failure", "success", "time_limit"}
    assert max(result["total"]["vectors"][STATE]["max_abs"]) == 0.0
    assert not any(result["total"]["differing_flags"].values())


def test_a_dataset_that_the_body_does_not_fit_ends_the_run_with_one_line(
    recorded: Path, tmp_path: Path
) -> None:
    """Without a step taken."""
    config = write_changed(
        tmp_path / "env.json", "gym_hil_env_state.json", sim__observation__state=["joint_pos_rad"]
    )
    variables = {
        "ENV_CONFIG": str(config),
        "VIEWER": "off",
        "REPLAY_ARGS": f"--dataset.root={recorded}/ee_delta --compare_pictures=false --output=null",
    }
    with run(dataflow("dataflow-replay.yaml"), tmp_path, environ=variables) as running:
        assert running.wait(300) != 0
        assert "'observation.state': the dataset has [18]" in running.log()
        assert "Traceback" not in running.log()
        assert {m["kind"] for m in running.messages()} == {"phase"}
