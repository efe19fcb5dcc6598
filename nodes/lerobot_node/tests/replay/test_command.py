"""The node: how it starts, what it sends, and with which code it ends."""

import json
from pathlib import Path

import pytest
from eval_dataflow import Dataflow, Events
from replay_rig import body_of, existing, perform, save, source_of

from dora_hil.config import ConfigError
from dora_hil.errors import UserError
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.messages import RunState
from dora_hil.stream.timestep import TimeStep
from dora_hil.testing.fake_environment import FakeEnvironment
from dora_hil_datasets.dataset.existing import DatasetError
from lerobot_node.replay import command as replay
from lerobot_node.replay.command import run_replayer, start
from lerobot_node.replay.run import Replayer


def dataflow(max_steps: int = 6) -> Dataflow:
    """Return a body to replay on."""
    return Dataflow(body_of(FakeEnvironment(), max_steps=max_steps))


def recorded_episodes() -> list[list[TimeStep]]:
    """Return three episodes of six steps."""
    return [perform(body_of(FakeEnvironment(), max_steps=6), seed) for seed in (4, 9, 2)]


def test_actions_and_the_command_that_ends_an_episode_go_out_on_their_own_ports() -> None:
    """One action for each step, the command before the last; then `over`."""
    flow = dataflow()
    replayer = Replayer(existing(), [source_of(recorded_episodes()[0])], None)
    assert run_replayer(flow.attach(), replayer) == 0
    ports = [output for output, _, _ in flow.node.sent if output != "status"]
    assert ports == [*["action"] * 5, "control", "action"]
    assert [s.state for s in flow.statuses()] == [RunState.GRANTED, RunState.OVER]
    assert flow.statuses()[-1].ok


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of three episodes with the seeds 4, 9 and 2."""
    root = tmp_path_factory.mktemp("replay") / "dataset"
    save(root, recorded_episodes(), ActionSpace.EE_ABSOLUTE, video=False)
    return root


class Start:
    """Starts the command on a body.

    Attributes:
        flow: what it becomes a node of.
    """

    def __init__(self, recorded: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let `attach` join a body instead of a dataflow."""
        self.flow = dataflow()
        self._config = folder / "replay.json"
        self._config.write_text(json.dumps({"dataset": {"root": str(recorded)}}))
        monkeypatch.setattr(replay, "attach", lambda: self.flow.attach())
        for name in ("HF_DATASETS_CACHE", "HF_HUB_OFFLINE"):
            monkeypatch.setenv(name, "1")

    def __call__(self, *words: str) -> int:
        """Return the exit code."""
        return start(["--config_path", str(self._config), *words])


@pytest.fixture
def run(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Return the command, with the dataset in its config."""
    return Start(recorded, tmp_path, monkeypatch)


def test_a_replay_says_and_writes_what_it_came_to(
    run: Start, tmp_path: Path, recorded: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Exit code 0."""
    caplog.set_level("INFO")
    assert run("--dataset.replay_episode=[2,0]", f"--output={tmp_path}/out/it.json") == 0
    written = json.loads((tmp_path / "out/it.json").read_text())
    assert written["dataset"] == {"repo_id": "example/gym_hil_trial", "root": str(recorded)}
    assert [(e["episode_index"], e["seed"]) for e in written["episodes"]] == [(2, 2), (0, 4)]
    assert max(written["total"]["vectors"]["observation.state"]["max_abs"]) < 1e-6
    assert any(m.startswith("replayed as ee_absolute, episodes: 2,") for m in caplog.messages)


def test_words_in_the_environment_change_the_config_too(
    run: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """`REPLAY_ARGS` is how a dataflow passes them on."""
    caplog.set_level("INFO")
    monkeypatch.setenv("REPLAY_ARGS", "--dataset.replay_episode=1 --seed 77")
    assert run() == 0
    assert "episode 1: 6 frames, seed 77" in caplog.messages


def test_a_deviation_is_no_failure_unless_a_tolerance_says_so(run: Start) -> None:
    """A body that ends sooner has replayed what it could."""
    run.flow = dataflow(max_steps=4)
    assert run() == 0
    run.flow = dataflow(max_steps=4)
    assert run("--tolerance=100") == 1
    run.flow = dataflow()
    assert run("--tolerance=1e-6") == 0


def test_what_was_replayed_before_a_fault_is_not_lost(
    run: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The finished episode is written."""

    def script() -> Events:
        yield from run.flow.ticks(10)
        yield from run.flow.fault()

    run.flow.script = script
    assert run("--dataset.replay_episode=all", f"--output={tmp_path}/it.json") == 1
    assert len(json.loads((tmp_path / "it.json").read_text())["episodes"]) == 1
    assert "1 of 3 episodes were replayed" in caplog.messages


@pytest.mark.parametrize(
    ("words", "kind", "says"),
    [
        (["--dataset.root=nowhere"], DatasetError, "nowhere: there is no dataset here"),
        (["--dataset.replay_episode=3"], DatasetError, "no episode 3; there are 0 to 2"),
        (["--dataset.episode=3"], ConfigError, "unknown key 'dataset.episode'; accepted here"),
        (["--output=/dev/null/it.json"], UserError, "output: /dev/null"),
        (["--config_path=none.json"], ConfigError, "none.json: there is no such file"),
    ],
)
def test_what_cannot_be_replayed_is_one_line_before_the_dataflow_starts(
    run: Start, monkeypatch: pytest.MonkeyPatch, words: list[str], kind: type[UserError], says: str
) -> None:
    """Nothing waits for a node that will not come."""
    monkeypatch.setattr(replay, "attach", lambda: pytest.fail("the dataflow was joined"))
    with pytest.raises(kind, match=says) as error:
        run(*words)
    assert "\n" not in str(error.value)
