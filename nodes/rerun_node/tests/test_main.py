"""The node's loop, without dora."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dora_hil.node.node import NodePort
from dora_hil.stream.messages import RunState, Status
from dora_hil.stream.timestep import Kind, Phase, TimeStep
from dora_hil.testing.fake_node import FakeNode, closed_event, input_event
from rerun_node.background_view import BackgroundView
from rerun_node.live_view import LiveView
from rerun_node.main import run, without_buffer
from rerun_node.recording_folder import RecordingFolder

MakeStep = Callable[..., TimeStep]
Read = Callable[[Path, str], list[dict[str, Any]]]
EPISODE = {"episode": "body/episode"}
BOTH = EPISODE | {"status": "recorder/status"}
TIME_LIMIT_S = 10.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where recordings are to be."""
    return tmp_path / "run"


@pytest.fixture
def view(folder: Path) -> Iterator[BackgroundView]:
    """Return a view that writes files."""
    background = BackgroundView(LiveView(RecordingFolder(folder)))
    background.start()
    yield background
    background.close(TIME_LIMIT_S)


def _play(
    script: list[dict[str, Any]],
    view: BackgroundView | None = None,
    inputs: dict[str, str] = BOTH,
    **clock: Callable[[], float],
) -> int:
    return run(NodePort(FakeNode(script, inputs=inputs)), view, **clock)


def test_the_stream_is_shown_with_what_the_run_owner_said(
    view: BackgroundView, folder: Path, make_step: MakeStep, read: Read
) -> None:
    """From dora's messages to a file."""
    busy = Status(RunState.BUSY, "recorder", saved=4, target=50)
    assert _play([input_event("status", busy), input_event("episode", make_step(0))], view) == 0
    assert view.close(TIME_LIMIT_S)
    (row,) = read(folder / "episode_000000.rrd", "episode/summary")
    assert "saved **4** of 50" in row["TextDocument:text"][0]


def test_without_a_view_the_node_stays_all_the_same(make_step: MakeStep) -> None:
    """Mode off: dora would end the dataflow of a node that leaves too early."""
    over = input_event("status", Status(RunState.OVER))
    assert _play([input_event("episode", make_step(0)), over]) == 0


def test_an_owner_that_vanishes_ends_the_node_with_an_error(make_step: MakeStep) -> None:
    """After a second in which an `over` might still have come."""
    times = iter([10.0, 10.0, 10.5, 11.1])
    steps = [input_event("episode", make_step(step)) for step in range(4)]
    assert _play([closed_event("status"), *steps], now_s=lambda: next(times)) == 1


def test_a_body_that_leaves_is_waited_out_where_there_is_an_owner(
    view: BackgroundView, folder: Path, make_step: MakeStep
) -> None:
    """The owner says when the run is over."""
    _play([closed_event("episode"), input_event("episode", make_step(0))], view)
    assert view.close(TIME_LIMIT_S)
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("is_said", [True, False])
def test_without_an_owner_the_node_leaves_with_the_body(
    view: BackgroundView, folder: Path, make_step: MakeStep, make_phase: MakeStep, *, is_said: bool
) -> None:
    """Whether it says so or just closes."""
    over = input_event("episode", make_phase(-1, phase=Phase.OVER, run_over=True))
    script = [over if is_said else closed_event("episode"), input_event("episode", make_step(0))]
    assert _play(script, view, inputs=EPISODE) == 0
    assert view.close(TIME_LIMIT_S)
    assert list(folder.iterdir()) == []


def test_a_message_in_the_thread_owns_its_arrays(make_step: MakeStep) -> None:
    """Dora's memory is the sender's again once the event has gone."""
    value, metadata = make_step(1, kind=Kind.MID).to_arrow()
    kept = without_buffer(TimeStep.from_arrow(value, metadata))
    assert all(array.flags.owndata for array in (*kept.columns.values(), *kept.actions.values()))


def test_what_only_scripts_may_see_goes_no_further(make_step: MakeStep) -> None:
    """It is not even copied."""
    assert set(without_buffer(make_step(1)).columns) == {
        "observation.state",
        "observation.images.front",
    }
