"""`dataflow-record.yaml` and `dataflow-record-operator.yaml`: what was done is what is recorded."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness import ROOT, Run, dataflow, node, run
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
    steps: dict[int, int] = {}
    for message in messages:
        if message["kind"] in ("mid", "last"):
            steps[message["episode"]] = steps.get(message["episode"], 0) + 1
    return steps


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
        assert running.wait(120) == 0, running.log()
        steps = steps_of(running.messages())
        said = [line for line in running.log().splitlines() if " recorder: " in line]
        assert all("INFO" in line or "DEBUG" in line for line in said), running.log()
        assert len(said) < 20, "more than a line for each event"
    existing = read_existing(root)
    assert existing.lengths == tuple(steps.values())
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


@pytest.mark.slow
def test_an_existing_dataset_needs_resume_and_resume_goes_on_to_the_number(tmp_path: Path) -> None:
    """Without it nothing is touched, and the error says what to do."""
    root = tmp_path / "data"
    with record(tmp_path / "first", root, "--dataset.num_episodes=1") as running:
        assert running.wait(120) == 0, running.log()
    with record(tmp_path / "again", root, "--dataset.num_episodes=3") as running:
        assert running.wait(60) != 0
        assert "already holds 1 episodes; it is left alone" in running.log()
        assert "RESUME_RECORDING=1" in running.log()
    with record(tmp_path / "on", root, "--dataset.num_episodes=3", resume=True) as running:
        assert running.wait(120) == 0, running.log()
    assert [r.seed for r in read_existing(root).records] == [0, 1, 2]
    with record(tmp_path / "done", root, "--dataset.num_episodes=3", resume=True) as running:
        assert running.wait(60) == 0, running.log()
        assert "is complete with 3 episodes" in running.log()
    assert len(LeRobotDataset(REPO_ID, root=root)) == sum(read_existing(root).lengths)


@pytest.fixture(scope="module")
def one_episode_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record a dataset of one episode."""
    folder = tmp_path_factory.mktemp("one")
    with record(folder / "run", folder / "data", "--dataset.num_episodes=1") as running:
        assert running.wait(120) == 0, running.log()
    return folder / "data"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("--action_space=ee_delta", "feature 'action': the dataset has float32[4] (x, y, z,"),
        ("--dataset.fps=30", "dataset.fps is 30, but the body steps at 10 Hz"),
    ],
)
def test_a_resume_that_does_not_fit_is_refused_with_both_sides(
    tmp_path: Path, one_episode_root: Path, word: str, says: str
) -> None:
    """In one line, with exit code 2, and the dataset as it was."""
    root = shutil.copytree(one_episode_root, tmp_path / "data")
    with record(tmp_path / "on", root, "--dataset.num_episodes=2", word, resume=True) as running:
        assert running.wait(60) != 0
        assert says in running.log()
        assert "exited with code 2" in running.log()
        assert "Traceback" not in running.log()
    assert read_existing(root).episodes == 1


@contextmanager
def person(tmp_path: Path, display: str, name: str, **variables: str) -> Iterator[tuple[Run, Any]]:
    """Run `dataflow-record.yaml` on a display, and return hands to press its keys with."""
    graph = dataflow("dataflow-record.yaml")
    node(graph, "body")["env"]["VIEWER"] = "off"
    folder = tmp_path / name
    folder.mkdir()
    environ = {
        "DISPLAY": display,
        "RERUN_MODE": "off",
        "HF_HUB_OFFLINE": "1",
        "RECORD_ARGS": f"--dataset.root={tmp_path / 'data'} --dataset.num_episodes=4",
        **variables,
    }

    def press(key: str) -> None:
        # Esc is held: a tap ends no run.
        words = ["keydown", key, *(["sleep", "0.7"] if key == "Escape" else []), "keyup", key]
        subprocess.run(["xdotool", *words], env={"DISPLAY": display}, check=True)

    with run(graph, folder, environ=environ) as running:
        # The keyboard prints its keys when it hears them.
        running.wait_for(lambda _: "stop the run" in running.log(), timeout_s=90)
        running.wait_for(bool, timeout_s=90)
        yield running, press


def one_episode(running: Run, press: Any, verdict_key: str) -> None:
    """Begin an episode, end it after some steps, and judge it by a key."""
    before = running.messages()
    press("space")
    running.wait_for(lambda ms: sum(m["kind"] == "mid" for m in ms[len(before) :]) >= 3)
    press("space")
    running.wait_for(lambda ms: ms[-1]["verdict"] == "pending")
    time.sleep(0.2)
    press(verdict_key)
    running.wait_for(lambda ms: any(m["verdict"] in ("keep", "discard") for m in ms[len(before) :]))


def test_a_persons_session_records_two_redoes_one_stops_and_resumes_to_four(
    tmp_path: Path, display: str
) -> None:
    """Keys on a real X server: Space keeps, Ctrl records again, Esc stops."""
    with person(tmp_path, display, "first") as (running, press):
        one_episode(running, press, "space")
        one_episode(running, press, "Control_L")
        one_episode(running, press, "space")
        press("space")
        running.wait_for(lambda ms: ms[-1]["kind"] == "mid")
        press("Escape")
        assert running.wait(30) == 0, running.log()
        assert reported(running.log()) == 2
        assert "holds 2 of 4 episodes; RESUME_RECORDING=1 goes on" in running.log()
    assert [r.seed for r in read_existing(tmp_path / "data").records] == [0, 1]

    with person(tmp_path, display, "second", RESUME_RECORDING="1") as (running, press):
        one_episode(running, press, "space")
        one_episode(running, press, "space")
        assert running.wait(30) == 0, running.log()
    existing = read_existing(tmp_path / "data")
    assert [r.seed for r in existing.records] == [0, 1, 2, 3]
    assert [r.end_reason for r in existing.records] == ["operator"] * 4
    assert len(LeRobotDataset(REPO_ID, root=tmp_path / "data")) == sum(existing.lengths)


@pytest.mark.slow
def test_no_stray_key_loses_a_demonstration(tmp_path: Path, display: str) -> None:
    """Ctrl with the wheel, a text and Esc typed elsewhere; and a discard that is taken back."""

    def stray(*words: str) -> None:
        subprocess.run(["xdotool", *words], env={"DISPLAY": display}, check=True)

    with person(tmp_path, display, "first") as (running, press):
        press("space")
        running.wait_for(lambda ms: sum(m["kind"] == "mid" for m in ms) >= 3)
        stray("keydown", "Control_L", "click", "4", "click", "5", "keyup", "Control_L")
        stray("type", "--delay", "90", "self of sand")
        stray("key", "Escape")
        time.sleep(1.5)
        assert {m["episode"] for m in running.messages() if m["kind"] != "phase"} == {0}
        assert running.messages()[-1]["phase"] == "running"
        press("space")
        running.wait_for(lambda ms: ms[-1]["verdict"] == "pending")
        press("Control_L")
        running.wait_for(lambda ms: ms[-1].get("discard_in_s") is not None)
        press("space")
        running.wait_for(lambda ms: any(m["verdict"] == "keep" for m in ms))
        running.wait_for(lambda _: reported(running.log()) == 1)
        press("Escape")
        assert running.wait(30) == 0, running.log()
    assert "episode 0 kept after all" in running.log()
    assert read_existing(tmp_path / "data").episodes == 1


@pytest.mark.slow
def test_escape_keeps_what_had_ended_and_awaited_its_verdict(tmp_path: Path, display: str) -> None:
    """A finished episode is not lost because nobody pressed Space."""
    with person(tmp_path, display, "first") as (running, press):
        press("space")
        running.wait_for(lambda ms: sum(m["kind"] == "mid" for m in ms) >= 3)
        press("space")
        running.wait_for(lambda ms: ms[-1]["verdict"] == "pending")
        press("Escape")
        assert running.wait(30) == 0, running.log()
    assert read_existing(tmp_path / "data").episodes == 1


@pytest.mark.slow
def test_the_recorder_shows_the_way_on_the_terminal(tmp_path: Path, display: str) -> None:
    """Which episode, how fast, what was missed, what to press."""
    with person(tmp_path, display, "first") as (running, press):
        running.wait_for(lambda ms: len(ms) > 15)
        assert "episode 1 of 4: Space begins" in running.log()
        one_episode(running, press, "space")
        press("Escape")
        assert running.wait(30) == 0
        log = running.log()
    assert "Space keeps it, Ctrl records it again" in log
    assert " missed ticks" in log
    assert " Hz" in log


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
