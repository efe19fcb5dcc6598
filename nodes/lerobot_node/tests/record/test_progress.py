"""What the person at the terminal reads."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from dora_hil.stream.timestep import EndReason, Kind, Telemetry, TimeStep, Verdict
from dora_hil_datasets.dataset.config import DatasetConfig
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from lerobot_node.record.episode_tally import EpisodeTally
from lerobot_node.record.progress import Progress, outcome
from lerobot_node.record.voice import Voice
from lerobot_node.record.writer_thread import Saved

type MakeStep = Callable[..., TimeStep]


class Heard(Voice):
    """A voice that is written down."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self.words: list[str] = []

    def say(self, words: str) -> None:
        """Write it down."""
        self.words.append(words)


@pytest.fixture
def voice() -> Heard:
    """Return the voice of `progress`."""
    return Heard()


@pytest.fixture
def progress(voice: Heard, caplog: pytest.LogCaptureFixture) -> Progress:
    """Return the progress towards 50 episodes."""
    caplog.set_level(logging.INFO, logger="lerobot_node")
    return Progress(50, voice)


def line(caplog: pytest.LogCaptureFixture) -> str:
    """Return the one line that was said."""
    (record,) = caplog.records
    return record.getMessage()


def test_an_invitation_says_what_to_press(
    progress: Progress, voice: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    """And a person at the arm hears the number."""
    progress.invited(3)
    assert line(caplog) == "episode 3 of 50: Space begins"
    assert voice.words == ["episode 3"]


def test_the_seed_is_said_when_recording_begins(
    progress: Progress, make_step: MakeStep, caplog: pytest.LogCaptureFixture
) -> None:
    """To be compared with the body's own line."""
    progress.began(3, EpisodeTally(make_step(0, seed=42)))
    assert line(caplog) == "episode 3 of 50: recording, seed 42"


@pytest.mark.parametrize(("control_dt_s", "at_steps"), [(0.1, [50, 100, 150]), (1 / 30, [150])])
def test_a_long_episode_is_reported_every_five_seconds(
    progress: Progress,
    make_step: MakeStep,
    caplog: pytest.LogCaptureFixture,
    control_dt_s: float,
    at_steps: list[int],
) -> None:
    """Of its own time."""
    tally = EpisodeTally(make_step(0, control_dt_s=control_dt_s))
    for step in range(1, 161):
        tally.count(make_step(step, control_dt_s=control_dt_s))
        progress.stepped(1, tally)
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        f"episode 1 of 50: {step} frames at 10.0 Hz, 0 missed ticks, 0 late" for step in at_steps
    ]


@pytest.mark.parametrize(
    ("reason", "words"),
    # `operator` would be the scripted one, which is a node.
    [(EndReason.SUCCESS, "success"), (EndReason.OPERATOR, "ended by a person")],
)
@pytest.mark.parametrize(
    ("verdict", "asks"),
    # An episode that keeps itself asks nothing.
    [(Verdict.KEEP, ""), (Verdict.PENDING, "; Space keeps it, Ctrl records it again")],
)
def test_the_end_says_how_it_ended_how_well_it_ran_and_what_to_press(
    progress: Progress,
    voice: Heard,
    make_step: MakeStep,
    caplog: pytest.LogCaptureFixture,
    reason: EndReason,
    words: str,
    verdict: Verdict,
    asks: str,
) -> None:
    """In words."""
    tally = EpisodeTally(make_step(0))
    counted = Telemetry(late=3, missed_ticks=4)
    tally.count(make_step(1, telemetry=counted))
    last = make_step(2, kind=Kind.LAST, verdict=verdict, end_reason=reason, telemetry=counted)
    tally.count(last)
    progress.ended(1, tally, last)
    figures = "2 frames at 10.0 Hz, 4 missed ticks, 3 late"
    assert line(caplog) == f"episode 1 of 50: {words}, {figures}{asks}"
    assert voice.words == [words]


def test_what_does_not_count_is_said_with_the_reason_and_a_save_with_its_time(
    progress: Progress, caplog: pytest.LogCaptureFixture
) -> None:
    """Lost messages are an error."""
    progress.holed(7, 2)
    progress.dropped(7, "rerecord")
    progress.saved(7, Saved(EpisodeRecord(6, 120), 0.256))
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.ERROR, "episode 7 of 50: 2 message(s) missing"),
        (logging.INFO, "episode 7 of 50: dropped, rerecord"),
        (logging.INFO, "saved 7 of 50: 120 frames on the disk after 0.26 s"),
    ]


@pytest.mark.parametrize(
    ("count", "target", "says"),
    [
        (0, 50, "nothing was recorded"),
        (12, 50, "my data/cubes holds 12 of 50 episodes; RESUME_RECORDING=1 goes on"),
        (
            50,
            50,
            "my data/cubes is complete with 50 episodes; look through them: "
            "uv run dora-hil report --repo_id me/cubes --root 'my data/cubes'",
        ),
        (
            1,
            1,
            "my data/cubes is complete with 1 episode; look through them: "
            "uv run dora-hil report --repo_id me/cubes --root 'my data/cubes'",
        ),
    ],
)
def test_in_the_end_it_is_said_what_there_is_and_how_to_go_on(
    count: int, target: int, says: str
) -> None:
    """By a command that can be pasted, spaces in the path or not."""
    dataset = DatasetConfig("me/cubes", Path("my data/cubes"), num_episodes=target)
    assert outcome(count, dataset) == says
