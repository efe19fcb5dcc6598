"""How a training goes, as curves beside an episode."""

from collections.abc import Sequence
from typing import Final

import rerun as rr

from dora_hil.stream.training_progress import CurvePoint, TrainingProgress
from rerun_node import colors
from rerun_node.entities import LEARNER_UPDATES, TIMESTAMP, TRAINING_SHARES, WEIGHT_AGE, WEIGHTS
from rerun_node.styles import line

_NAMES: Final = {
    TRAINING_SHARES[0]: ("success without help (20)", colors.GREEN),
    TRAINING_SHARES[1]: ("steps helped (20)", colors.ORANGE),
    LEARNER_UPDATES: ("updates of the learner", colors.BLUE),
    WEIGHTS: ("new weights received", colors.BLUE),
    WEIGHT_AGE: ("weight age s", colors.YELLOW),
}


class TrainingSeries:
    """Writes the figures of each episode where it ended.

    Earlier episodes ended before this one began: on the timeline of a recording they stand at
    negative times, as far back as the robot has driven since. A file begins with its episode, and
    has the figures from there on alone.
    """

    def __init__(self, stream: rr.RecordingStream, *, is_live: bool) -> None:
        """Write to a recording; `is_live` asks for the episodes before this one, too."""
        self._stream = stream
        self._is_live = is_live
        self._seen: TrainingProgress | None = None
        self._steps_before = 0

    def write(self, training: TrainingProgress, control_dt_s: float) -> None:
        """Write what is new in it."""
        if training is self._seen:
            return
        curve = training.curve
        if self._seen is None:
            self._style()
            self._steps_before = curve[-1].steps if curve else 0
            new = curve if self._is_live else curve[-1:]
        else:
            known = self._seen.curve[-1].steps if self._seen.curve else -1
            new = tuple(point for point in curve if point.steps > known)
        self._seen = training
        for path, values in _series(new).items():
            times_s = [(steps - self._steps_before) * control_dt_s for steps, _ in values]
            self._stream.send_columns(
                path,
                indexes=[rr.TimeColumn(TIMESTAMP, duration=times_s)],
                columns=rr.Scalars.columns(scalars=[value for _, value in values]),
            )

    def _style(self) -> None:
        for path, (name, color) in _NAMES.items():
            self._stream.log(path, line(name, color), static=True)


def _series(points: Sequence[CurvePoint]) -> dict[str, list[tuple[int, float]]]:
    """Return steps and values by curve; new weights where the learner's updates are unknown."""
    found: dict[str, list[tuple[int, float]]] = {path: [] for path in _NAMES}
    for point in points:
        updates = LEARNER_UPDATES if point.learner_updates is not None else WEIGHTS
        for path, value in (
            (TRAINING_SHARES[0], point.own_success),
            (TRAINING_SHARES[1], point.intervention_rate),
            (updates, point.weight_updates if updates is WEIGHTS else point.learner_updates),
            (WEIGHT_AGE, point.weight_age_s),
        ):
            if value is not None:
                found[path].append((point.steps, float(value)))
    return {path: values for path, values in found.items() if values}
