"""`dataflow-record.yaml` and `dataflow-record-operator.yaml`: what was done is what is recorded."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hands import Hands, wait_for_keys
from harness import ROOT, Run, dataflow, node, passed, run, steps
from lerobot.datasets import LeRobotDataset
from numpy.typing import NDArray
from recording_runs import record, reported

from dora_hil.stream.actions import ActionSpace
from dora_hil_datasets.dataset.existing import read_existing
from gym_hil_node.config_file import load_config
from gym_hil_node.simulator import Simulator

REPO_ID = "example/gym_hil_trial"


def steps_of(messages: list[dict[str, Any]]) -> dict[int, int]:
    """Return the control steps of each attempt."""
    return Counter(m["episode"] for m in messages if m["kind"] in ("mid", "last"))


@pytest.mark.parametrize(
    ("space", "video", "least_psnr_db"),
    [
        pytest.param("ee_delta", "false", np.inf, marks=pytest.mark.slow),
        ("ee_absolute", "true", 35.0),
    ],
)
def test_a_recording_is_what_the_simulator_does_with_its_seeds_and_actions(
    tmp_path: Path, space: str, video: str, least_psnr_db: float
) -> None:
    """Frames equal steps; a simulation of its own gives the same states and pictures."""
    root = tmp_path / "data"
    words = (
        "--dataset.num_episodes=3",
        f"--dataset.video={video}",
        f"--action_space={space}",
        "--seed=40",
    )
    with record(tmp_path / "run", root, *words) as running:
        running.end_well(120)
    lengths = tuple(steps_of(running.messages()).values())
    said = [line for line in running.log().splitlines() if " recorder: " in line]
    assert all("INFO" in line or "DEBUG" in line for line in said), running.log()
    assert len(said) < 20, "more than a line for each event"
    existing = read_existing(root)
    assert existing.lengths == lengths
    assert [r.seed for r in existing.records] == [40, 41, 42]
    dataset = LeRobotDataset(REPO_ID, root=root)
    simulator = Simulator(load_config(ROOT / "configs/gym_hil_env.json"))
    position = 0
    for length, record_ in zip(existing.lengths, existing.records, strict=True):
        seen = simulator.begin(record_.seed)
        for _ in range(length):
            frame = dataset[position]
            state = frame["observation.state"].numpy()
            if space == "ee_delta":
                assert np.array_equal(state, seen["observation.state"])
            np.testing.assert_allclose(state, seen["observation.state"], atol=1e-4)
            for camera in ("front", "wrist"):
                name = f"observation.images.{camera}"
                picture = frame[name].permute(1, 2, 0).numpy() * 255
                assert psnr_db(picture, seen[name]) >= least_psnr_db
            outcome = simulator.execute(ActionSpace(space), frame["action"].numpy())
            seen = outcome.columns
            position += 1
        assert outcome.success
        assert (frame["next.success"], frame["next.done"], frame["next.reward"]) == (True, True, 1)
    simulator.close()


def psnr_db(picture: NDArray[Any], other: NDArray[Any]) -> float:
    """Return the peak signal-to-noise ratio of two 8-bit pictures; infinite if they are equal."""
    error = np.mean((np.round(picture) - other.astype(float)) ** 2)
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


@contextmanager
def person(
    tmp_path: Path, display: str, name: str, **variables: str
) -> Iterator[tuple[Run, Hands]]:
    """Run `dataflow-record.yaml` on a display, and return hands to press its keys with."""
    graph = dataflow("dataflow-record.yaml")
    node(graph, "body")["env"]["VIEWER"] = "off"
    environ = {
        "DISPLAY": display,
        "RERUN_MODE": "off",
        "HF_HUB_OFFLINE": "1",
        "RECORD_ARGS": f"--dataset.root={tmp_path / 'data'} --dataset.num_episodes=4",
        **variables,
    }
    with run(graph, tmp_path / name, environ=environ) as running:
        wait_for_keys(running)
        yield running, Hands(display)


def one_episode(running: Run, hands: Hands, verdict_key: str) -> None:
    """Begin an episode, end it after some steps, and judge it by a key."""
    before = running.messages()
    hands("key", "space")
    running.wait_for(lambda ms: len(steps(ms[len(before) :])) >= 3)
    hands("key", "space")
    running.wait_for(lambda ms: ms[-1]["verdict"] == "pending")
    time.sleep(0.2)
    hands("key", verdict_key)
    running.wait_for(lambda ms: any(m["verdict"] in ("keep", "discard") for m in ms[len(before) :]))


@pytest.mark.slow
def test_a_persons_session_records_two_redoes_one_stops_and_resumes_to_four(
    tmp_path: Path, display: str
) -> None:
    """Keys on a real X server: Space keeps, Ctrl records again, Esc stops."""
    with person(tmp_path, display, "first") as (running, hands):
        one_episode(running, hands, "space")
        one_episode(running, hands, "Control_L")
        one_episode(running, hands, "space")
        hands("key", "space")
        running.wait_for(lambda ms: ms[-1]["kind"] == "mid")
        hands.stop()
        running.end_well(30)
        assert reported(running.log()) == 2
        assert "holds 2 of 4 episodes; RESUME_RECORDING=1 goes on" in running.log()
    assert [r.seed for r in read_existing(tmp_path / "data").records] == [0, 1]

    with person(tmp_path, display, "second", RESUME_RECORDING="1") as (running, hands):
        one_episode(running, hands, "space")
        one_episode(running, hands, "space")
        running.end_well(30)
    existing = read_existing(tmp_path / "data")
    assert [r.seed for r in existing.records] == [0, 1, 2, 3]
    assert [r.end_reason for r in existing.records] == ["operator"] * 4
    assert len(LeRobotDataset(REPO_ID, root=tmp_path / "data")) == sum(existing.lengths)


@pytest.mark.slow
def test_no_stray_key_loses_a_demonstration(tmp_path: Path, display: str) -> None:
    """Ctrl with the wheel, a text and Esc typed elsewhere; and a discard that is taken back."""
    with person(tmp_path, display, "first") as (running, hands):
        hands("key", "space")
        running.wait_for(lambda ms: len(steps(ms)) >= 3)
        hands("keydown", "Control_L", "click", "4", "click", "5", "keyup", "Control_L")
        hands("type", "--delay", "90", "self of sand")
        hands("key", "Escape")
        time.sleep(1.5)
        assert {m["episode"] for m in running.messages() if m["kind"] != "phase"} == {0}
        assert running.messages()[-1]["phase"] == "running"
        hands("key", "space")
        running.wait_for(lambda ms: ms[-1]["verdict"] == "pending")
        hands("key", "Control_L")
        running.wait_for(lambda ms: ms[-1].get("discard_in_s") is not None)
        hands("key", "space")
        running.wait_for(passed(verdict="keep"))
        running.wait_for(lambda _: reported(running.log()) == 1)
        hands.stop()
        running.end_well(30)
    assert "episode 0 kept after all" in running.log()
    assert read_existing(tmp_path / "data").episodes == 1


@pytest.mark.slow
def test_killing_the_simulator_keeps_the_saved_and_says_who_left(tmp_path: Path) -> None:
    """The recorder ends with exit code 1; the episode that ran is dropped."""
    root = tmp_path / "data"
    with record(tmp_path / "run", root, "--dataset.num_episodes=50") as running:
        running.wait_for(lambda _: reported(running.log()) >= 2, timeout_s=90)
        running.kill("gym-hil-node")
        assert running.wait(40) != 0
        log = running.log()
    existing = read_existing(root)
    assert existing.episodes >= 2
    assert existing.episodes == reported(log)
    assert not (root / ".recording").exists()
    assert json.loads((root / "meta/info.json").read_text())["total_episodes"] == existing.episodes
