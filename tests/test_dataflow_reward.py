"""The reward classifier as a stage: between a real body and a real recorder."""

import json
import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import small_classifier
import yaml
from harness import ROOT, Run, dataflow, flags, node, printed, run
from recording_runs import FAST, put_stage, record

from dora_hil_datasets.dataset.existing import read_existing

FRONT, WRIST = "observation.images.front", "observation.images.wrist"


@pytest.fixture(scope="module")
def sees_success_everywhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a classifier of LeRobot's whose last layer says yes to everything."""
    return small_classifier.sure(tmp_path_factory.mktemp("classifier"), FRONT, WRIST)


def judged(folder: Path, root: Path, classifier: Path, *words: str) -> AbstractContextManager[Run]:
    """Return a recording through the stage."""
    graph = dataflow("dataflow-record-operator.yaml")
    node(graph, "body")["inputs"]["tick"]["source"] = FAST
    put_stage(graph, "operator", "recorder", "rerun")
    key = "--env.processor.reward_classifier.pretrained_path"
    environ = {
        "ENV_CONFIG": f"{ROOT}/configs/gym_hil_env_train_classifier.json",
        "RECORD_ARGS": f"--dataset.root={root} --dataset.num_episodes=3",
        "REWARD_ARGS": " ".join([f"{key}={classifier}", *words]),
        "HF_HUB_OFFLINE": "1",
    }
    return run(graph, folder, environ=environ)


@pytest.mark.slow
def test_the_stage_ends_every_episode_and_the_body_keeps_it(
    tmp_path: Path, sees_success_everywhere: Path
) -> None:
    """In the fifth frame, as asked for; nobody waits for an answer that will not come."""
    frames = "--reward_stage.consecutive_frames=5"
    root = tmp_path / "data"
    with judged(tmp_path / "run", root, sees_success_everywhere, frames) as running:
        running.end_well(120)
    dataset = read_existing(root)
    assert dataset.lengths == (4, 4, 4)
    assert [(r.success, r.end_reason) for r in dataset.records] == [(True, "success")] * 3
    assert "0 lockstep timeouts" in running.log()
    assert "0 late steps" in running.log()
    assert "3 of 3 episode(s) succeeded" in running.log()
    # The body itself went on for a step or two, which nobody behind the stage has seen.
    ended = re.findall(r"ended after (\d+) steps: success", running.log())
    assert len(ended) == 3
    assert all(int(steps) > 4 for steps in ended)


@pytest.mark.slow
def test_a_killed_stage_ends_the_run_and_loses_no_saved_episode(
    tmp_path: Path, sees_success_everywhere: Path
) -> None:
    """Said by the recorder; its exit code tells."""
    frames = "--reward_stage.consecutive_frames=5"
    root = tmp_path / "data"
    with judged(tmp_path / "run", root, sees_success_everywhere, frames) as running:
        running.wait_for(lambda _: "saved 1 of 3" in running.log(), timeout_s=120)
        running.kill("reward")
        assert running.wait(60) != 0
    assert read_existing(root).episodes >= 1
    assert "the body ended before the run was over; look for its last line" in running.log()


def test_the_shipped_dataflow_takes_the_stage_out_with_one_line() -> None:
    """The anchor: everyone who is not the stage listens where it says."""
    text = (ROOT / "dataflow-train-classifier.yaml").read_text()
    without: dict[str, Any] = yaml.safe_load(
        text.replace("&episode reward/episode", "&episode body/episode")
    )
    sources = [
        n["inputs"]["episode"]["source"] for n in without["nodes"] if "episode" in n["inputs"]
    ]
    assert sources == ["body/episode"] * len(sources)
    assert len(sources) == 3


@pytest.mark.slow
def test_from_a_recording_to_a_classifier_that_ends_episodes(tmp_path: Path) -> None:
    """The documented sequence, with fewer episodes and steps; then it is used."""
    data = tmp_path / "data"
    environ = {
        "ENV_CONFIG": f"{ROOT}/configs/gym_hil_env_classifier.json",
        "RECORD_CONFIG": f"{ROOT}/configs/gym_hil_record_classifier.json",
        "OPERATOR_NOISE": "0.3",
        "OPERATOR_FAILURES": "0.4",
        "OPERATOR_SEED": "1",
    }
    words = ("--dataset.num_episodes=24",)
    with record(
        tmp_path / "record", data, *words, tick="dora/timer/millis/40", environ=environ
    ) as r:
        r.end_well(300)
    said = printed(
        "dora-hil",
        "classifier",
        "train",
        f"--config_path={ROOT}/configs/train_reward_classifier.json",
        f"--dataset.root={data}",
        f"--reward_model.model_name={tmp_path / 'efficientnet_lite0_4x4'}",
        f"--output_dir={tmp_path / 'classifier'}",
        "--steps=150",
        "--save_freq=150",
    )
    # A line for each event, and nothing that LeRobot says besides.
    assert "dora-hil classifier train: step:100 " in said
    assert all(line.startswith("dora-hil classifier train: ") for line in said.splitlines()), said
    report = tmp_path / "report"
    options = flags({"classifier": tmp_path / "classifier", "output": report})
    printed("dora-hil", "classifier", "evaluate", *options)
    told = json.loads((report / "report.json").read_text())
    assert told["roc_area"] > 0.9
    assert "<svg" in (report / "report.html").read_text()
    key = "--env.processor.reward_classifier.success_threshold"
    words = (f"{key}={told['threshold']}",)
    with judged(tmp_path / "run", tmp_path / "new", tmp_path / "classifier", *words) as running:
        running.end_well(200)
    assert sum(r.success for r in read_existing(tmp_path / "new").records) >= 1
