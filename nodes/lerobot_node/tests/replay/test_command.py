"""The node: how it starts, what it sends, and with which code it ends."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from replay_rig import body_of, existing, perform, save, source_of

from dora_hil.body.body import Body
from dora_hil.config import ConfigError
from dora_hil.errors import UserError
from dora_hil.node.node import NodePort
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.messages import Action, Control, RunState, Status
from dora_hil.stream.timestep import EndReason, TimeStep
from dora_hil.testing.fake_environment import FakeEnvironment
from dora_hil.testing.fake_node import FakeNode, closed_event, input_event
from dora_hil_datasets.dataset.existing import DatasetError
from dora_hil_datasets.dataset.features import FeatureError
from lerobot_node.replay import command as replay
from lerobot_node.replay.command import ReplayLoop, start
from lerobot_node.replay.run import Replayer

TICKS = 200


class BodyNode(FakeNode):
    """A node whose only input comes from a body, which hears what the node sends."""

    def __init__(self, body: Body, breaks_at_tick: int = TICKS) -> None:
        """Connect them; the body has a fault at that tick."""
        inputs, outputs = {"episode": "body/episode"}, ("action", "control", "status")
        super().__init__(self._play(body, breaks_at_tick), inputs, outputs)

    def _play(self, body: Body, breaks_at_tick: int) -> Iterator[dict[str, Any]]:
        heard = 0
        for tick in range(TICKS):
            timesteps = body.tick(tick / 10)
            if tick == breaks_at_tick:
                timesteps += body.end_run(EndReason.FAULT, "the arm broke")
            while timesteps:
                yield input_event("episode", timesteps.pop(0))
                for output, value, metadata in self.sent[heard:]:
                    timesteps += _hear(body, output, value, metadata)
                heard = len(self.sent)
        yield closed_event("episode")

    def statuses(self) -> list[Status]:
        """Return what was said on `status`."""
        return [Status.from_arrow(v, m) for output, v, m in self.sent if output == "status"]


def _hear(body: Body, output: str, value: Any, metadata: dict[str, Any]) -> list[TimeStep]:
    if output == "action":
        body.receive_action("action", Action.from_arrow(value, metadata))
        return []
    if output == "control":
        return body.receive_control(Control.from_arrow(value, metadata))
    return body.receive_status(Status.from_arrow(value, metadata))


def recorded_episodes() -> list[list[TimeStep]]:
    """Return three episodes of six steps."""
    return [perform(body_of(FakeEnvironment(), max_steps=6), seed) for seed in (4, 9, 2)]


def looped(body: Body, **settings: int) -> tuple[int, BodyNode]:
    """Replay an episode on a body; returns the exit code and the node."""
    node = BodyNode(body, **settings)
    replayer = Replayer(existing(), [source_of(recorded_episodes()[0])], None)
    return ReplayLoop(NodePort(node), replayer).run(), node


def test_the_run_ends_with_over_after_the_last_episode() -> None:
    """As everybody waits for it."""
    code, node = looped(body_of(FakeEnvironment(), max_steps=6))
    assert code == 0
    assert [s.state for s in node.statuses()] == [RunState.GRANTED, RunState.OVER]
    assert node.statuses()[-1].ok


def test_actions_and_the_command_that_ends_an_episode_go_out_on_their_own_ports() -> None:
    """One action for each step, the command before the last."""
    _, node = looped(body_of(FakeEnvironment(), max_steps=6))
    ports = [output for output, _, _ in node.sent if output != "status"]
    assert ports == [*["action"] * 5, "control", "action"]


def test_a_body_that_does_not_fit_ends_the_run_with_its_reason() -> None:
    """Said to the others on `status`, and to the person as an error."""
    node = BodyNode(body_of(FakeEnvironment(control_dt_s=0.05)))
    replayer = Replayer(existing(), [source_of(recorded_episodes()[0])], None)
    with pytest.raises(FeatureError):
        ReplayLoop(NodePort(node), replayer).run()
    [over] = node.statuses()
    assert (over.state, over.ok) == (RunState.OVER, False)
    assert "the dataset has 10, the body steps at 20 Hz" in over.message


def test_a_fault_of_the_body_is_exit_code_1() -> None:
    """The episode was not replayed."""
    code, node = looped(body_of(FakeEnvironment(), max_steps=6), breaks_at_tick=4)
    assert code == 1
    assert node.statuses()[-1].message == "the body had a fault"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of three episodes with the seeds 4, 9 and 2."""
    root = tmp_path_factory.mktemp("replay") / "dataset"
    save(root, recorded_episodes(), ActionSpace.EE_ABSOLUTE, video=False)
    return root


class Start:
    """Starts the command on a body.

    Attributes:
        body: what it is to replay on.
        breaks_at_tick: when that has a fault.
    """

    def __init__(self, recorded: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let `attach` join a body instead of a dataflow."""
        self.body = body_of(FakeEnvironment(), max_steps=6)
        self.breaks_at_tick = TICKS
        self._config = folder / "replay.json"
        self._config.write_text(json.dumps({"dataset": {"root": str(recorded)}}))
        monkeypatch.setattr(replay, "attach", self._attach)
        for name in ("HF_DATASETS_CACHE", "HF_HUB_OFFLINE"):
            monkeypatch.setenv(name, "1")

    def _attach(self) -> NodePort:
        return NodePort(BodyNode(self.body, self.breaks_at_tick))

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
    run.body = body_of(FakeEnvironment(), max_steps=4)
    assert run() == 0
    run.body = body_of(FakeEnvironment(), max_steps=4)
    assert run("--tolerance=100") == 1
    run.body = body_of(FakeEnvironment(), max_steps=6)
    assert run("--tolerance=1e-6") == 0


def test_what_was_replayed_before_a_fault_is_not_lost(
    run: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The finished episode is written."""
    run.breaks_at_tick = 10
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


def test_words_that_no_shell_could_read_are_one_line(
    run: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quote that is not closed."""
    monkeypatch.setenv("REPLAY_ARGS", "--dataset.root='a b")
    with pytest.raises(ConfigError, match=r"\$REPLAY_ARGS: .*No closing quotation"):
        run()


def test_a_damaged_dataset_is_refused_before_the_dataflow_starts(
    recorded: Path, tmp_path: Path, run: Start
) -> None:
    """By what its metadata say."""
    root = Path(shutil.copytree(recorded, tmp_path / "damaged"))
    (root / "data/chunk-000/file-001.parquet").unlink()
    with pytest.raises(DatasetError, match="the dataset is damaged"):
        run(f"--dataset.root={root}")
