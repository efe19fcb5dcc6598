"""What is counted while an episode is recorded."""

from collections import Counter

from dora_hil.stream.timestep import Kind, TimeStep
from dora_hil_datasets.dataset.episode_record import EpisodeRecord


class EpisodeTally:
    """Counts over the messages of one attempt.

    Attributes:
        first, last: its first and newest message; a PHASE is none of them.
    """

    def __init__(self, first: TimeStep) -> None:
        """Begin with FIRST."""
        self.first = self.last = first
        self._interventions = 0
        self._safety = 0
        self._drivers: Counter[str] = Counter()

    def count(self, timestep: TimeStep) -> None:
        """Take MID or LAST."""
        self.last = timestep
        self._interventions += timestep.is_intervention
        self._safety += bool(timestep.telemetry.safety)
        self._drivers[timestep.telemetry.driver] += 1

    @property
    def is_pending(self) -> bool:
        """Say whether the episode has ended."""
        return self.last.kind is Kind.LAST

    @property
    def rate_hz(self) -> float:
        """Return the frames per second of the clock, as they were captured."""
        elapsed_s = (self.last.t_capture_ns - self.first.t_capture_ns) / 1e9
        return self.last.step / elapsed_s if elapsed_s > 0 else 0.0

    def record(self, episode_index: int) -> EpisodeRecord:
        """Return what is kept of it besides the frames."""
        return EpisodeRecord(
            episode_index,
            length=self.last.step,
            seed=self.first.seed,
            attempt=self.first.episode,
            end_reason=str(self.last.end_reason),
            success=self.last.success,
            interventions=self._interventions,
            safety=self._safety,
            missed_ticks=self.last.telemetry.missed_ticks - self.first.telemetry.missed_ticks,
            late=self.last.telemetry.late - self.first.telemetry.late,
            rate_hz=round(self.rate_hz, 2),
            drivers=dict(self._drivers),
        )
