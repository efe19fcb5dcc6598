"""The node: how it starts, what it sends, and with which code it ends."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_policy
from eval_dataflow import Dataflow
from eval_rig import BLOCK, BlockArm, body_of, without_cameras
from lerobot.datasets import LeRobotDataset

from dora_hil.config import ConfigError
from dora_hil.errors import UserError
from dora_hil.stream.messages import RunState
from dora_hil.stream.spec import Columns
from dora_hil_datasets.dataset.existing import DatasetError, read_existing
from lerobot_node.evaluate import command as command_module
from lerobot_node.evaluate.command import start
from lerobot_node.evaluate.output import OutputError
from lerobot_node.policy.origin import PolicyError
from lerobot_node.policy.pilot import NotFiniteError


class BlindedArm(BlockArm):
    """An arm that loses its block from sight in the episodes with an odd seed."""

    def observe(self) -> Columns:
        """Return NaN for a block that is not seen."""
        columns = dict(super().observe())
        if self.seeds and self.seeds[-1] % 2:
            columns[BLOCK] = np.full(3, np.nan, np.float32)
        return columns


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save an ACT for the arm, which looks at numbers alone."""
    root = tmp_path_factory.mktemp("saved") / "policy"
    return small_policy.write(root, without_cameras(BlockArm().spec))


class Start:
    """Starts the command on a body.

    Attributes:
        flow: what it becomes a node of.
        output: where its results go.
    """

    def __init__(self, policy: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let `attach` join a body instead of a dataflow."""
        self.flow = Dataflow()
        self.output = folder / "results"
        self._config = folder / "eval.json"
        keys: dict[str, Any] = {
            "policy": {"path": str(policy)},
            "eval": {"n_episodes": 2, "video": "none", "output_dir": str(self.output)},
            "seed": 8,
        }
        self._config.write_text(json.dumps(keys))
        monkeypatch.setattr(command_module, "attach", lambda: self.flow.attach())
        # `start` sets it for its process; here it is put back.
        monkeypatch.setenv("HF_DATASETS_CACHE", "")
        for name in ("EVAL_CONFIG", "EVAL_ARGS"):
            monkeypatch.delenv(name, raising=False)

    def __call__(self, *words: str) -> int:
        """Return the exit code."""
        return start(["--config_path", str(self._config), *words])

    def results(self) -> dict[str, Any]:
        """Return what was written."""
        results: dict[str, Any] = json.loads((self.output / "results.json").read_text())
        return results


@pytest.fixture
def run(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Return the command, with the policy in its config and two episodes to evaluate."""
    return Start(saved, tmp_path, monkeypatch)


def test_an_evaluation_says_and_writes_what_it_came_to(
    run: Start, saved: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Exit code 0, with figures, seeds and all that is needed to repeat it."""
    caplog.set_level("INFO", "lerobot_node")
    run.flow = Dataflow(body_of(BlockArm(succeed_at_step=3), max_steps=4))
    assert run("--policy.n_action_steps=2") == 0
    assert [(s.state, s.seed, s.ok) for s in run.flow.statuses()] == [
        (RunState.GRANTED, 8, True),
        (RunState.GRANTED, 9, True),
        (RunState.OVER, -1, True),
    ]
    results = run.results()
    assert results["policy"] == {"path": str(saved), "type": "act", "n_action_steps": 2}
    assert (results["body"], results["action_space"]) == ("fake", "ee_absolute")
    assert (results["task"], results["inference"]) == ("wait and see", "sync")
    assert results["trained_tasks"] == ["wait and see"]
    assert results["seeds"] == [8, 9]
    assert (results["summary"]["success_rate"], results["summary"]["counted"]) == (1.0, 2)
    # Three actions of an episode come from two chunks of two.
    assert results["summary"]["inference_ms"]["count"] == 4
    assert [(e["seed"], e["end_reason"]) for e in results["episodes"]] == [
        (8, "success"),
        (9, "success"),
    ]
    first = "success 100%: 2 of 2 episodes, 95 % interval 34% to 100% (Wilson)"
    lines = (run.output / "results.txt").read_text().splitlines()
    assert first in caplog.messages
    assert lines[0] == first
    assert lines[-1].split() == ["1", "9", "success", "3", "0", "0", "0"]


def test_the_same_evaluation_twice_has_the_same_result(run: Start, tmp_path: Path) -> None:
    """In lockstep, to the last bit of every action."""
    actions = []
    for name in ("once", "twice"):
        run.flow = Dataflow()
        assert run(f"--eval.output_dir={tmp_path / name}") == 0
        actions.append([action.value.tolist() for action in run.flow.actions()])
    assert len(actions[0]) == 8
    assert actions[0] == actions[1]


def test_words_in_the_environment_change_the_config_too(
    run: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`EVAL_ARGS` is how a dataflow passes them on."""
    monkeypatch.setenv("EVAL_ARGS", "--eval.seeds='[3]'")
    assert run() == 0
    assert run.results()["seeds"] == [3]


def test_films_and_a_dataset_are_written_where_they_are_asked_for(
    run: Start, tmp_path: Path
) -> None:
    """Beside the results, and in LeRobot's format."""
    root = tmp_path / "data"
    assert run("--eval.video=failures", f"--dataset.root={root}", "--dataset.repo_id=a/b") == 0
    assert sorted(path.name for path in run.output.iterdir()) == [
        "episode_000_seed_8_time_limit.mp4",
        "episode_001_seed_9_time_limit.mp4",
        "results.json",
        "results.txt",
    ]
    assert [record.seed for record in read_existing(root).records] == [8, 9]
    assert LeRobotDataset("a/b", root=root).num_frames == 8


def test_an_asynchronous_evaluation_goes_on_whether_or_not_a_chunk_is_there(run: Start) -> None:
    """The body is never waited for; every answer is one to its newest step."""
    assert run("--inference=async") == 0
    results = run.results()
    assert results["inference"] == "async"
    assert [e["length"] for e in results["episodes"]] == [4, 4]


def test_a_policy_without_chunks_cannot_be_asynchronous(
    run: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said before the dataflow starts."""
    spec = without_cameras(BlockArm().spec)
    policy = small_policy.write_gaussian_actor(tmp_path / "actor", spec)
    monkeypatch.setattr(command_module, "attach", lambda: pytest.fail("the dataflow was joined"))
    with pytest.raises(PolicyError, match="inference is async, but the policy 'gaussian_actor' do"):
        run("--inference=async", f"--policy.path={policy}")


def test_a_policy_with_a_discrete_gripper_acts_in_deltas(run: Start, tmp_path: Path) -> None:
    """As the learner leaves it."""
    spec = without_cameras(BlockArm().spec)
    policy = small_policy.write_gaussian_actor(tmp_path / "actor", spec)
    assert run(f"--policy.path={policy}") == 0
    assert run.results()["action_space"] == "ee_delta"
    assert {float(action.value[3]) for action in run.flow.actions()} == {2.0}


def test_what_was_evaluated_before_an_action_that_is_no_number_is_not_lost(run: Start) -> None:
    """The first episode is written; that there were to be two, too."""
    run.flow = Dataflow(body_of(BlindedArm(), max_steps=4))
    with pytest.raises(NotFiniteError, match="at step 0 of episode 1"):
        run()
    results = run.results()
    assert [episode["seed"] for episode in results["episodes"]] == [8]
    assert (results["summary"]["episodes"], results["summary"]["wanted"]) == (1, 2)


def test_a_dataset_that_cannot_be_written_is_exit_code_1_and_the_figures_are_there(
    run: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An encoder that does not exist."""
    words = [f"--dataset.root={tmp_path / 'data'}", "--dataset.rgb_encoder.preset=nonsense"]
    assert run(*words) == 1
    assert any(message.startswith("dataset: ") for message in caplog.messages)
    assert run.results()["summary"]["episodes"] == 2


@pytest.mark.parametrize(
    ("words", "kind", "says"),
    [
        (["--policy.path=outputs/none"], PolicyError, "outputs/none: there is no such folder"),
        (["--policy.n_actions=3"], PolicyError, "policy.n_actions: the policy 'act' has no such"),
        (["--policy.n_action_steps=99"], PolicyError, "cannot be loaded: .*Got 99"),
        (["--eval.episodes=3"], ConfigError, "unknown key 'eval.episodes'; accepted here"),
        (["--eval.output_dir=/dev/null/it"], OutputError, "eval.output_dir: /dev/null/it: Not a"),
        (["--dataset.root=/dev/null/it"], DatasetError, "/dev/null/it: cannot be written"),
        (["--config_path=none.json"], ConfigError, "none.json: there is no such file"),
    ],
)
def test_what_cannot_be_evaluated_is_one_line_before_the_dataflow_starts(
    run: Start, monkeypatch: pytest.MonkeyPatch, words: list[str], kind: type[UserError], says: str
) -> None:
    """Nothing waits for a node that will not come."""
    monkeypatch.setattr(command_module, "attach", lambda: pytest.fail("the dataflow was joined"))
    with pytest.raises(kind, match=says) as error:
        run(*words)
    assert "\n" not in str(error.value)


def test_a_dataset_that_is_there_is_left_alone(run: Start, dataset: Path) -> None:
    """With a way to record elsewhere."""
    with pytest.raises(DatasetError, match=r"already holds 3 episodes; .* Record the evaluation"):
        run(f"--dataset.root={dataset}")
