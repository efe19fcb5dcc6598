"""Recordings of episodes, from a stream of messages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rerun as rr
import rerun.blueprint as rrb
from rerun.experimental import RrdReader

from dora_hil.display.rerun_program import ViewError
from dora_hil.stream.spec import ColumnSpec, StreamSpec
from dora_hil.stream.timestep import Kind, Phase, TimeStep, Verdict
from rerun_node.destination import BehindError
from rerun_node.live_view import LiveView
from rerun_node.recording_folder import RecordingFolder

MakeStep = Callable[..., TimeStep]
Read = Callable[[Path, str], list[dict[str, Any]]]
CAMERA = "observation.images.front"


class Witness(RecordingFolder):
    """A folder that counts as live, and that takes nothing while it is told so."""

    is_live = True

    def __init__(self, path: Path) -> None:
        """Begin with nothing taken."""
        super().__init__(path)
        self.is_slow = False
        self.blueprints: list[rrb.Blueprint] = []

    def begin(self, stream: rr.RecordingStream, blueprint: rrb.Blueprint, episode: int) -> None:
        """Note the blueprint; a negative number makes an odd name, which is fine here."""
        self.blueprints.append(blueprint)
        super().begin(stream, blueprint, episode)

    def deliver(self, stream: rr.RecordingStream) -> None:
        """Take it, or not."""
        if self.is_slow:
            raise BehindError("the viewer")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where recordings are to be."""
    return tmp_path / "run"


@pytest.fixture
def files(folder: Path) -> LiveView:
    """Return a view that writes files."""
    return LiveView(RecordingFolder(folder))


@pytest.fixture
def witness(folder: Path) -> Witness:
    """Return a live destination."""
    return Witness(folder)


def _names(folder: Path) -> list[str]:
    return [
        row["RecordingInfo:name"][0]
        for path in sorted(folder.iterdir())
        for chunk in RrdReader(path).stream().to_chunks()
        for row in chunk.to_record_batch().to_pylist()
        if row.get("RecordingInfo:name")
    ]


def test_each_episode_is_a_recording(files: LiveView, folder: Path, make_step: MakeStep) -> None:
    """With a name that people know it by."""
    for episode in (0, 1):
        for step in range(3):
            files.show(make_step(step, episode=episode), None)
    files.close()
    assert [path.name for path in sorted(folder.iterdir())] == [
        "episode_000000.rrd",
        "episode_000001.rrd",
    ]
    assert _names(folder) == ["episode 0", "episode 1"]
    entries = [entry for path in folder.iterdir() for entry in RrdReader(path).recordings()]
    assert {entry.application_id for entry in entries} == {"dora-hil hand_made"}
    assert len({entry.recording_id for entry in entries}) == 2


def test_a_recording_is_whole_once_the_next_begins(
    files: LiveView, folder: Path, make_step: MakeStep, read: Read
) -> None:
    """It can be opened while the run goes on."""
    for episode, step in ((0, 0), (0, 1), (1, 0)):
        files.show(make_step(step, episode=episode), None)
    assert len(read(folder / "episode_000000.rrd", CAMERA)) == 2
    files.close()


def test_a_stream_that_ends_within_an_episode_leaves_what_was_shown(
    files: LiveView, folder: Path, make_step: MakeStep, read: Read
) -> None:
    """The body may have crashed."""
    for step in range(3):
        files.show(make_step(step), None)
    files.close()
    assert [row["frame_index"] for row in read(folder / "episode_000000.rrd", CAMERA)] == [0, 1, 2]


def test_a_file_holds_an_episode_and_its_verdict_and_nothing_else(
    files: LiveView, folder: Path, make_step: MakeStep, make_phase: MakeStep, read: Read
) -> None:
    """A person may take an hour between two episodes."""
    last = make_step(1, kind=Kind.LAST, phase=Phase.DONE, verdict=Verdict.PENDING)
    pending = make_phase(0, phase=Phase.DONE, verdict=Verdict.PENDING)
    kept = make_phase(0, verdict=Verdict.KEEP)
    for step in (make_phase(), make_step(0), last, pending, pending, kept, make_phase(0)):
        files.show(step, None)
    files.close()
    (path,) = folder.iterdir()
    texts = [row["TextDocument:text"][0] for row in read(path, "episode/summary")]
    assert len(texts) == 3
    assert texts[-1].startswith("## episode 0: kept")


def test_who_watches_sees_the_cameras_between_the_episodes_too(
    witness: Witness, folder: Path, make_step: MakeStep, make_phase: MakeStep, read: Read
) -> None:
    """While the arm is brought back, and before the first one."""
    view = LiveView(witness)
    for step in (make_phase(), make_step(0), make_phase(0)):
        view.show(step, None)
    view.close()
    assert sorted(_names(folder)) == ["before the first episode", "episode 0"]
    assert len(read(folder / "episode_000000.rrd", CAMERA)) == 2


def test_the_layout_stays_as_long_as_the_columns_do(witness: Witness, make_step: MakeStep) -> None:
    """What a person has moved about is not put back with every episode."""
    view = LiveView(witness)
    bare = StreamSpec("task", "body", (), {"observation.state": ColumnSpec((3,))})
    for episode, changes in enumerate(({}, {}, {"spec": bare})):
        view.show(make_step(0, episode=episode, **changes), None)
    view.close()
    first, second, third = witness.blueprints
    assert first is second
    assert third is not second


def test_an_episode_with_other_columns_is_shown_with_those(
    files: LiveView, folder: Path, make_step: MakeStep, read: Read
) -> None:
    """A body may be exchanged between two episodes."""
    files.show(make_step(0), None)
    bare = StreamSpec("task", "body", (), {"observation.other": ColumnSpec((3,))})
    files.show(make_step(0, episode=1, spec=bare), None)
    files.close()
    rows = read(folder / "episode_000001.rrd", "observation.other")
    assert [row["Scalars:scalars"] for row in rows] == [[0.0, 0.0, 0.0]]


def test_columns_that_change_within_an_episode_end_the_view(
    files: LiveView, make_step: MakeStep
) -> None:
    """With one line; no recorder would take that either."""
    files.show(make_step(0), None)
    bare = StreamSpec("task", "other", (), {"observation.state": ColumnSpec((3,))})
    with pytest.raises(ViewError, match="the columns of body 'other' changed in an episode"):
        files.show(make_step(1, spec=bare), None)
    files.close()


def test_what_a_viewer_has_no_time_for_is_dropped_and_counted(
    witness: Witness,
    folder: Path,
    make_step: MakeStep,
    read: Read,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """And said: when it falls behind, and how much it was in the end."""
    caplog.set_level("INFO")
    view = LiveView(witness)
    for step in range(10):
        witness.is_slow = 2 <= step < 6
        view.show(make_step(step), None)
    view.close()
    shown = [row["frame_index"] for row in read(folder / "episode_000000.rrd", CAMERA)]
    assert shown == [0, 1, 2, 6, 7, 8, 9]
    behind, missing = caplog.messages
    assert behind == "the viewer does not keep up: it is shown fewer steps"
    assert missing.startswith("episode 0: at least 3 steps are not in the view")


def test_a_new_episode_does_not_wait_for_a_viewer_that_is_behind(
    witness: Witness, folder: Path, make_step: MakeStep
) -> None:
    """Ending the recording before would block."""
    view = LiveView(witness)
    view.show(make_step(0), None)
    witness.is_slow = True
    view.show(make_step(1), None)
    view.show(make_step(0, episode=1), None)
    assert [path.name for path in folder.iterdir()] == ["episode_000000.rrd"]
    view.close()


def test_a_view_that_was_shown_nothing_closes(files: LiveView, folder: Path) -> None:
    """The dataflow ended before it began."""
    files.open()
    files.close()
    assert list(folder.iterdir()) == []
