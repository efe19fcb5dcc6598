"""What the person at the terminal reads."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dora_hil.stream.timestep import EndReason, Kind, Phase, Telemetry, TimeStep, Verdict
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


def ended_tally(make_step: MakeStep, verdict: Verdict) -> tuple[EpisodeTally, TimeStep]:
    """Return an episode of two steps at 10 Hz."""
    tally = EpisodeTally(make_step(0))
    tally.count(make_step(1, telemetry=Telemetry(late=3, missed_ticks=4)))
    last = make_step(
        2,
        kind=Kind.LAST,
        phase=Phase.DONE,
        verdict=verdict,
        end_reason=EndReason.SUCCESS,
        telemetry=Telemetry(late=3, missed_ticks=4),
    )
    tally.count(last)
    return tally, last


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


def test_the_end_says_how_it_ended_and_how_well_it_ran(
    progress: Progress, voice: Heard, make_step: MakeStep, caplog: pytest.LogCaptureFixture
) -> None:
    """An episode that keeps itself asks nothing."""
    progress.ended(1, *ended_tally(make_step, Verdict.KEEP))
    assert line(caplog) == ("episode 1 of 50: success, 2 frames at 10.0 Hz, 4 missed ticks, 3 late")
    assert voice.words == ["success"]


def test_that_a_person_ended_it_is_said_in_words(
    progress: Progress, make_step: MakeStep, caplog: pytest.LogCaptureFixture
) -> None:
    """`operator` would be the scripted one, which is a node."""
    tally, last = ended_tally(make_step, Verdict.KEEP)
    progress.ended(1, tally, replace(last, end_reason=EndReason.OPERATOR))
    assert line(caplog).startswith("episode 1 of 50: ended by a person, 2 frames")


def test_a_person_who_has_to_judge_is_told_the_keys(
    progress: Progress, make_step: MakeStep, caplog: pytest.LogCaptureFixture
) -> None:
    """The verdict is pending."""
    progress.ended(1, *ended_tally(make_step, Verdict.PENDING))
    assert line(caplog).endswith("; Space keeps it, Ctrl records it again")


def test_lost_messages_are_an_error(progress: Progress, caplog: pytest.LogCaptureFixture) -> None:
    """With their number."""
    progress.holed(7, 2)
    assert line(caplog) == "episode 7 of 50: 2 message(s) missing"
    assert caplog.records[0].levelno == logging.ERROR


def test_a_dropped_episode_says_why(progress: Progress, caplog: pytest.LogCaptureFixture) -> None:
    """In the words of its end."""
    progress.dropped(7, "rerecord")
    assert line(caplog) == "episode 7 of 50: dropped, rerecord"


def test_a_save_says_when_the_frames_were_safe(
    progress: Progress, caplog: pytest.LogCaptureFixture
) -> None:
    """And after what time."""
    progress.saved(7, Saved(EpisodeRecord(6, 120), 0.256))
    assert line(caplog) == "saved 7 of 50: 120 frames on the disk after 0.26 s"


def test_an_unfinished_dataset_says_how_to_go_on(
    progress: Progress, caplog: pytest.LogCaptureFixture
) -> None:
    """With one variable."""
    progress.finished(12, DatasetConfig("me/cubes", Path("outputs/cubes")))
    assert line(caplog) == "outputs/cubes holds 12 of 50 episodes; RESUME_RECORDING=1 goes on"


def test_a_dataset_that_is_not_there_is_not_spoken_of(
    progress: Progress, caplog: pytest.LogCaptureFixture
) -> None:
    """The run ended before its first episode: there is nothing to go on with."""
    progress.finished(0, DatasetConfig("me/cubes", Path("outputs/cubes")))
    assert line(caplog) == "nothing was recorded"


def test_one_episode_is_not_called_several() -> None:
    """A target may be 1."""
    assert "is complete with 1 episode; " in outcome(1, 1, DatasetConfig("me/cubes", Path("a")))


def test_a_complete_dataset_says_how_to_look_at_it(
    progress: Progress, caplog: pytest.LogCaptureFixture
) -> None:
    """By a command that can be pasted, spaces in the path or not."""
    progress.finished(50, DatasetConfig("me/cubes", Path("my data/cubes")))
    assert line(caplog) == (
        "my data/cubes is complete with 50 episodes; look through them: "
        "uv run dora-hil report --repo_id me/cubes --root 'my data/cubes'"
    )
