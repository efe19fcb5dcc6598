"""The recorder's loop on a fake dora node, its start, and a whole recording in one process."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import huggingface_hub
import pyarrow as pa
import pytest
import recorder_rig
import recordings
from eval_dataflow import Dataflow, Events
from memory_store import MemoryStore

from dora_hil.body.body import Body, BodyConfig
from dora_hil.body.episode import Advance, EpisodeRules
from dora_hil.body.takeover import Takeover
from dora_hil.config import ConfigError
from dora_hil.stream.codec import MessageError
from dora_hil.stream.messages import Command, Control, RunState
from dora_hil.testing.fake_environment import FakeEnvironment
from dora_hil.testing.fake_node import closed_event, stop_event
from dora_hil_datasets.dataset.existing import DatasetError, read_existing
from dora_hil_datasets.edit.file_counts import count_files
from lerobot_node.record import command as record_module
from lerobot_node.record.command import RecordLoop, start
from lerobot_node.record.progress import Progress
from lerobot_node.record.recorder import Recorder
from lerobot_node.record.voice import Voice
from lerobot_node.record.writer_thread import WriterThread

IDLE = {"type": "ERROR", "error": "Timeout event stream error: Receiver timed out"}


class RecordDataflow(Dataflow):
    """A dataflow whose body needs no action."""

    def __init__(self, advance: Advance = Advance.AUTO, *, succeed_at_step: int = 3) -> None:
        """Connect them."""
        arm = FakeEnvironment(succeed_at_step=succeed_at_step)
        super().__init__(Body(arm, BodyConfig(EpisodeRules(advance)), Takeover([])))

    def commands(self, command: Command) -> Events:
        """Yield what the body says to a person's command."""
        yield from self._answered(self.body.receive_control(Control(command)))

    def until_over(self) -> Events:
        """Tick as long as the run goes on; the writer may need a moment for its saves."""
        while self.is_running:
            yield from self.ticks(1)

    def pending_episode(self) -> Events:
        """Yield an episode of three frames up to its end; a person has still to judge."""
        yield from self.ticks(1)
        yield from self.commands(Command.NEXT)
        yield from self.ticks(4)

    @property
    def is_running(self) -> bool:
        """Say whether the recorder has not said `over`."""
        return not any(status.state is RunState.OVER for status in self.statuses())


def loop(
    flow: RecordDataflow,
    script: Events,
    store: MemoryStore | None = None,
    *,
    num_episodes: int = 2,
    now_s: Callable[[], float] = lambda: 0.0,
    **dataset: Any,
) -> RecordLoop:
    """Return a recorder's loop over a script."""
    writer = WriterThread(store or MemoryStore())
    config = recorder_rig.config(num_episodes, **dataset)
    recorder = Recorder(config, None, writer, Progress(num_episodes, Voice(enabled=False)))
    flow.script = lambda: script
    return RecordLoop(flow.attach(), recorder, writer, now_s)


def test_a_run_grants_saves_and_says_over() -> None:
    """In that order, and nothing after `over`; exit code 0."""
    flow, store = RecordDataflow(), MemoryStore()
    assert loop(flow, flow.until_over(), store).run() == 0
    said = flow.statuses()
    assert [s.state for s in said if s.state is not RunState.BUSY] == [
        RunState.GRANTED,
        RunState.GRANTED,
        RunState.OVER,
    ]
    assert [s.saved for s in said if s.state is RunState.BUSY] == [1, 2]
    assert (said[-1].state, said[-1].ok, said[-1].saved) == (RunState.OVER, True, 2)
    assert [(record.length, len(rows)) for record, rows in store.episodes] == [(3, 3), (3, 3)]


def test_over_waits_for_what_is_being_saved() -> None:
    """The owner says `over` after it has finalised."""
    flow, store = RecordDataflow(Advance.CONFIRM), MemoryStore()

    def script() -> Events:
        yield from flow.pending_episode()
        store.may_go_on.clear()
        yield from flow.commands(Command.STOP)
        yield from flow.ticks(5)
        assert flow.is_running
        store.may_go_on.set()
        yield from flow.until_over()

    assert loop(flow, script(), store).run() == 0
    assert flow.statuses()[-1].saved == 1


@pytest.mark.parametrize(
    ("event", "kind", "text"),
    [
        (
            {"type": "INPUT", "id": "episode", "value": pa.array([1]), "metadata": {}},
            MessageError,
            "episode: expected a one-row struct",
        ),
        ({"type": "ERROR", "error": "the daemon is gone"}, RuntimeError, "the daemon is gone"),
    ],
)
def test_whatever_breaks_a_finished_episode_is_kept_and_over_is_the_last_word(
    event: dict[str, Any], kind: type[Exception], text: str
) -> None:
    """It awaited its verdict; nothing new is granted."""
    flow, store = RecordDataflow(Advance.CONFIRM), MemoryStore()

    def script() -> Events:
        yield from flow.pending_episode()
        yield event

    with pytest.raises(kind, match=text):
        loop(flow, script(), store).run()
    assert [record.length for record, _ in store.episodes] == [3]
    states = [s.state for s in flow.statuses()]
    assert states == [RunState.GRANTED, RunState.BUSY, RunState.OVER]
    over = flow.statuses()[-1]
    assert (over.ok, over.saved) == (False, 1)
    assert text in over.message


def test_a_save_that_fails_after_the_last_event_is_not_taken_for_one_that_worked() -> None:
    """The body has already gone; the queue of the writer has not."""
    flow = RecordDataflow(Advance.CONFIRM)
    store = MemoryStore(failures={"save": OSError("disk")})

    def script() -> Events:
        store.may_go_on.clear()
        yield from flow.pending_episode()
        yield stop_event()
        store.may_go_on.set()

    assert loop(flow, script(), store).run() == 1
    assert not flow.statuses()[-1].ok


def test_a_pending_episode_is_kept_when_the_dataflow_is_stopped() -> None:
    """Dora does not deliver what the body says after STOP."""
    flow, store = RecordDataflow(Advance.CONFIRM), MemoryStore()

    def script() -> Events:
        yield from flow.pending_episode()
        yield stop_event()

    assert loop(flow, script(), store).run() == 0
    assert [record.length for record, _ in store.episodes] == [3]
    assert flow.statuses()[-1].saved == 1


def test_messages_behind_the_close_are_heard_however_slowly() -> None:
    """Each takes 0.6 s here; the time of grace begins anew with every one."""
    flow, store = RecordDataflow(succeed_at_step=9), MemoryStore()
    clock_s = 0.0

    def now_s() -> float:
        return clock_s

    def script() -> Events:
        nonlocal clock_s
        yield from flow.ticks(2)
        yield closed_event("episode")
        for event in flow.ticks(9):
            clock_s += 0.6
            yield event

    loop(flow, script(), store, num_episodes=1, now_s=now_s).run()
    assert [record.length for record, _ in store.episodes] == [9]


def test_a_closed_stream_that_stays_silent_ends_the_run() -> None:
    """Where dora keeps the node alive for another input."""
    flow, store = RecordDataflow(Advance.CONFIRM), MemoryStore()
    clock_s = 0.0

    def now_s() -> float:
        return clock_s

    def script() -> Events:
        nonlocal clock_s
        yield from flow.pending_episode()
        yield closed_event("episode")
        while flow.is_running:
            clock_s += 0.4
            yield IDLE

    assert loop(flow, script(), store, now_s=now_s).run() == 1
    assert clock_s > 1.0
    assert [record.length for record, _ in store.episodes] == [3]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the arguments of a recording of two episodes into `data`."""
    for variable in ("RECORD_CONFIG", "RECORD_ARGS", "RESUME_RECORDING"):
        monkeypatch.delenv(variable, raising=False)
    # `start` sets it for its process; here it is put back.
    monkeypatch.setenv("HF_DATASETS_CACHE", "")
    path = tmp_path / "record.json"
    dataset = {"repo_id": recordings.REPO_ID, "root": str(tmp_path / "data"), "num_episodes": 2}
    path.write_text(json.dumps({"dataset": dataset, "play_sounds": False}))
    return ["--config_path", str(path)]


@pytest.fixture
def flow(monkeypatch: pytest.MonkeyPatch) -> RecordDataflow:
    """Return a dataflow that `start` becomes a node of."""
    flow = RecordDataflow()
    monkeypatch.setattr(record_module, "attach", lambda: flow.attach())
    return flow


def test_what_is_recorded_is_a_dataset_on_the_disk(
    command: list[str], flow: RecordDataflow, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The whole command, with LeRobot behind it."""
    caplog.set_level(logging.INFO, logger="lerobot_node")
    assert start(command) == 0
    dataset = read_existing(tmp_path / "data")
    assert dataset.lengths == (3, 3)
    assert [(r.seed, r.end_reason) for r in dataset.records] == [(0, "success"), (1, "success")]
    assert f"{tmp_path / 'data'} is complete with 2 episodes" in caplog.text
    assert count_files(tmp_path / "data").data == 1


def test_a_run_that_is_stopped_leaves_its_small_files(
    command: list[str], flow: RecordDataflow, tmp_path: Path
) -> None:
    """After Ctrl-C dora kills what takes longer than seconds."""

    def script() -> Events:
        yield from flow.ticks(12)
        yield stop_event()

    flow.script = script
    assert start([*command, "--dataset.num_episodes=5"]) == 0
    assert count_files(tmp_path / "data").data == read_existing(tmp_path / "data").episodes > 1


def test_a_dataset_is_resumed_only_where_that_is_asked_for(
    command: list[str], flow: RecordDataflow, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody's recording is added to by accident; here it holds more than is wanted."""
    words = [*command, f"--dataset.root={dataset}"]
    with pytest.raises(DatasetError, match="already holds 3 episodes; it is left alone"):
        start(words)
    assert flow.statuses() == []
    monkeypatch.setenv("RESUME_RECORDING", "1")
    assert start(words) == 0
    assert [status.state for status in flow.statuses()] == [RunState.OVER]
    assert recordings.read_back(dataset) == [3, 2, 4]


def test_a_recording_under_another_name_is_refused_before_anything_is_touched(
    command: list[str], dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RESUME_RECORDING=1 with another `repo_id` but the same folder."""
    monkeypatch.setenv("RESUME_RECORDING", "1")
    words = [*command, f"--dataset.root={dataset}", "--dataset.repo_id=me/another"]
    with pytest.raises(DatasetError, match="holds the dataset 'test/recording', not 'me/another'"):
        start(words)
    assert recordings.read_back(dataset) == [3, 2, 4]


def test_a_failed_upload_is_an_error_of_the_command(
    command: list[str], flow: RecordDataflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dataset is complete; the exit code says that the rest is not."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("RECORD_ARGS", "--dataset.push_to_hub=true --dataset.num_episodes=1")
    assert start(command) == 1
    assert flow.statuses()[-1].ok
    assert read_existing(tmp_path / "data").episodes == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--dataset.root='a", r"\$RECORD_ARGS: .*: No closing quotation"),
        ("--dataset.rot=a", "unknown key 'dataset.rot'; accepted here: repo_id, root"),
        ("dataset.root=a", "'dataset.root=a': expected --key.subkey=value"),
    ],
)
def test_words_that_cannot_be_used_are_one_line(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, says: str
) -> None:
    """And nothing is made on the disk."""
    monkeypatch.setenv("RECORD_ARGS", words)
    with pytest.raises(ConfigError, match=says) as error:
        start(command)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "data").exists()


def test_a_recording_without_an_episode_leaves_no_folder(
    command: list[str], flow: RecordDataflow, tmp_path: Path
) -> None:
    """The next start must not find anything to refuse."""
    flow.script = lambda: iter([stop_event()])
    assert start(command) == 0
    assert not (tmp_path / "data").exists()
