"""What the person at the terminal is told while recording."""

import logging
import shlex

from dora_hil.errors import counted
from dora_hil.stream.timestep import TimeStep, Verdict
from dora_hil_datasets.dataset.config import DatasetConfig
from lerobot_node.record.episode_tally import EpisodeTally
from lerobot_node.record.voice import Voice
from lerobot_node.record.writer_thread import Saved

log = logging.getLogger(__name__)

EVERY_S = 5.0
"""Seconds of an episode between two lines about it."""


class Progress:
    """One line for each thing that happens, with the episode's number in the dataset.

    Attributes:
        target: how many episodes there shall be.
    """

    def __init__(self, target: int, voice: Voice) -> None:
        """Speak through `voice` too."""
        self.target = target
        self._voice = voice

    def invited(self, number: int) -> None:
        """Say that a person may begin."""
        self._tell(number, "Space begins")
        self._voice.say(f"episode {number}")

    def began(self, number: int, tally: EpisodeTally) -> None:
        """Say that an episode is being recorded."""
        self._tell(number, f"recording, seed {tally.first.seed}")

    def stepped(self, number: int, tally: EpisodeTally) -> None:
        """Report now and then on a long episode."""
        every = max(1, round(EVERY_S / tally.last.control_dt_s))
        if tally.last.step % every == 0:
            self._tell(number, _figures(tally))

    def ended(self, number: int, tally: EpisodeTally, timestep: TimeStep) -> None:
        """Say how an episode ended, and what to press if a person has to judge."""
        is_asked = timestep.verdict is Verdict.PENDING
        asks = "; Space keeps it, Ctrl records it again" if is_asked else ""
        self._tell(number, f"{timestep.end_reason.words}, {_figures(tally)}{asks}")
        self._voice.say(timestep.end_reason.words)

    def dropped(self, number: int, why: str) -> None:
        """Say that an episode does not count."""
        self._tell(number, f"dropped, {why}")

    def holed(self, number: int, gaps: int) -> None:
        """Say that messages were lost, which must not happen."""
        self._tell(number, f"{gaps} message(s) missing", logging.ERROR)

    def _tell(self, number: int, what: str, level: int = logging.INFO) -> None:
        log.log(level, "episode %d of %d: %s", number, self.target, what)

    def saved(self, count: int, saved: Saved) -> None:
        """Say that an episode is safe."""
        log.info(
            "saved %d of %d: %d frames on the disk after %.2f s",
            count,
            self.target,
            saved.record.length,
            saved.seconds,
        )


def outcome(count: int, dataset: DatasetConfig) -> str:
    """Return in one line what there is now, where, and how to go on."""
    if count == 0:
        return "nothing was recorded"
    if count < dataset.num_episodes:
        return (
            f"{dataset.root} holds {count} of {dataset.num_episodes} episodes; "
            "RESUME_RECORDING=1 goes on"
        )
    return (
        f"{dataset.root} is complete with {counted(count, 'episode')}; look through them: "
        f"uv run dora-hil report --repo_id {dataset.repo_id} "
        f"--root {shlex.quote(str(dataset.root))}"
    )


def _figures(tally: EpisodeTally) -> str:
    record = tally.record(-1)
    return (
        f"{record.length} frames at {record.rate_hz:.1f} Hz, "
        f"{record.missed_ticks} missed ticks, {record.late} late"
    )
