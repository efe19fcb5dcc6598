"""The thread between the node and its view."""

import threading
from collections.abc import Callable, Iterator

import pytest

from dora_hil.display.rerun_program import ViewError
from dora_hil.stream.messages import Status
from dora_hil.stream.timestep import Kind, Phase, TimeStep, Verdict
from rerun_node.background_view import MOST_WAITING, BackgroundView
from rerun_node.live_view import LiveView

MakeStep = Callable[..., TimeStep]
TIME_LIMIT_S = 10.0


class SlowView(LiveView):
    """A view that takes a message only when the test lets it."""

    def __init__(self) -> None:
        """Begin with nothing shown."""
        self.shown: list[TimeStep] = []
        self.is_closed = False
        self.failure: Exception | None = None
        self.has_begun = threading.Event()
        self.may_go_on = threading.Event()

    def open(self) -> None:
        """Do nothing."""

    def show(self, step: TimeStep, status: Status | None) -> None:
        """Wait for the test."""
        self.has_begun.set()
        assert self.may_go_on.wait(TIME_LIMIT_S)
        if self.failure is not None:
            raise self.failure
        self.shown.append(step)

    def close(self) -> None:
        """Note it."""
        self.is_closed = True


@pytest.fixture
def slow() -> Iterator[SlowView]:
    """Return a view that hangs until `may_go_on` is set, at the latest when the test is over."""
    view = SlowView()
    yield view
    view.may_go_on.set()


@pytest.fixture
def background(slow: SlowView, make_step: MakeStep) -> BackgroundView:
    """Return a view that hangs in its first message."""
    view = BackgroundView(slow)
    view.start()
    view.show(make_step(0), None)
    assert slow.has_begun.wait(TIME_LIMIT_S)
    return view


def test_a_view_that_is_behind_goes_on_with_the_newest(
    background: BackgroundView, slow: SlowView, make_step: MakeStep
) -> None:
    """What is late is not what people want to see."""
    for step in (1, 2, 3):
        background.show(make_step(step), None)
    slow.may_go_on.set()
    assert background.close(TIME_LIMIT_S)
    assert [step.step for step in slow.shown] == [0, 3]


def test_how_an_episode_ended_is_shown_however_late(
    background: BackgroundView, slow: SlowView, make_step: MakeStep, make_phase: MakeStep
) -> None:
    """LAST and the verdict come once."""
    last = make_step(1, kind=Kind.LAST, phase=Phase.DONE, verdict=Verdict.PENDING)
    for step in (last, make_phase(0), make_phase(0, verdict=Verdict.KEEP), make_phase(0)):
        background.show(step, None)
    slow.may_go_on.set()
    assert background.close(TIME_LIMIT_S)
    assert [(step.kind, step.verdict) for step in slow.shown[1:]] == [
        (Kind.LAST, Verdict.PENDING),
        (Kind.PHASE, Verdict.KEEP),
        (Kind.PHASE, Verdict.NONE),
    ]


def test_what_waits_is_bounded(
    background: BackgroundView, slow: SlowView, make_step: MakeStep
) -> None:
    """Hundreds of episodes are taken while the viewer hangs, and do not fill the memory."""
    for episode in range(100):
        background.show(make_step(5, episode=episode, kind=Kind.LAST), None)
    slow.may_go_on.set()
    assert background.close(TIME_LIMIT_S)
    assert [step.episode for step in slow.shown[1:]] == list(range(100 - MOST_WAITING, 100))


def test_a_view_that_hangs_is_told_from_one_that_closes(
    background: BackgroundView, slow: SlowView, caplog: pytest.LogCaptureFixture
) -> None:
    """The process must not wait for it, and says so."""
    assert not background.close(0.05)
    assert caplog.messages == ["the view hangs; leaving without it"]
    slow.may_go_on.set()
    assert background.close(TIME_LIMIT_S)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (
            ViewError("the viewer has gone"),
            "the viewer has gone; going on without a view (RERUN_MODE=off asks for none)",
        ),
        (ValueError("no"), "going on without a view: ValueError: no"),
    ],
)
def test_a_view_that_fails_is_spoken_of_once_and_closed(
    background: BackgroundView,
    slow: SlowView,
    make_step: MakeStep,
    caplog: pytest.LogCaptureFixture,
    failure: Exception,
    expected: str,
) -> None:
    """The run goes on."""
    slow.failure = failure
    slow.may_go_on.set()
    for step in range(1, 100):
        background.show(make_step(step), None)
    assert not background.close(TIME_LIMIT_S)
    assert caplog.messages == [expected]
    assert slow.is_closed
