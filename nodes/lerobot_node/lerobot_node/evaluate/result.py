"""What an evaluation comes to: figures over its episodes, a table and JSON."""

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dora_hil.stream.timestep import EndReason
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.table import aligned
from lerobot_node.evaluate.interval import wilson


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The episodes of an evaluation.

    Attributes:
        about: what was evaluated, on what, for the JSON: policy, body, task, action space.
        seeds: of the episodes there were to be.
        records: of those there were, in order.
        inference_s: how long the network ran, each time it did.
    """

    about: Mapping[str, Any]
    seeds: Sequence[int]
    records: Sequence[EpisodeRecord]
    inference_s: Sequence[float]

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        return {
            **self.about,
            "summary": self.summary(),
            "seeds": list(self.seeds),
            "episodes": [asdict(record) for record in self.records],
        }

    def summary(self) -> dict[str, Any]:
        """Return the figures; null where there is nothing to count."""
        unaided = [record for record in self.records if not is_assisted(record)]
        steps = [record.length for record in unaided if record.success]
        failures = Counter(record.end_reason for record in unaided if not record.success)
        counted, solved = len(unaided), len(steps)
        low, high = wilson(solved, counted)
        inference_ms = 1e3 * np.array(self.inference_s)
        return {
            "episodes": len(self.records),
            "wanted": len(self.seeds),
            "left_out_for_interventions": len(self.records) - counted,
            "counted": counted,
            "successes": solved,
            "success_rate": solved / counted if counted else None,
            "wilson_95": [low, high] if counted else None,
            "steps_to_success": {
                "mean": statistics.mean(steps) if steps else None,
                "std": statistics.pstdev(steps) if steps else None,
                "min": min(steps, default=None),
                "max": max(steps, default=None),
            },
            "failures": dict(failures.most_common()),
            "missed_ticks": sum(record.missed_ticks for record in self.records),
            "late": sum(record.late for record in self.records),
            "safety": sum(record.safety for record in self.records),
            "inference_ms": {
                "count": len(inference_ms),
                "p50": _percentile(inference_ms, 50),
                "p95": _percentile(inference_ms, 95),
                "max": _percentile(inference_ms, 100),
            },
        }

    def lines(self) -> Iterator[str]:
        """Yield the figures in words."""
        figures = self.summary()
        if figures["counted"]:
            yield success_rate(self.records)
        steps = figures["steps_to_success"]
        if steps["mean"] is not None:
            yield (
                f"steps to success: {steps['mean']:.1f} \u00b1 {steps['std']:.1f}, "
                f"{steps['min']} to {steps['max']}"
            )
        if figures["failures"]:
            kinds = ", ".join(f"{kind} {count}" for kind, count in figures["failures"].items())
            yield f"failures: {kinds}"
        if figures["left_out_for_interventions"]:
            yield (
                f"left out, because a person had a hand in it: "
                f"{figures['left_out_for_interventions']} episode(s); counted as failures: "
                f"{figures['successes'] / figures['episodes']:.0%}, {figures['successes']} of "
                f"{figures['episodes']}"
            )
        inference = figures["inference_ms"]
        if inference["count"]:
            yield (
                f"inference: p50 {inference['p50']:.1f} ms, p95 {inference['p95']:.1f} ms, max "
                f"{inference['max']:.1f} ms, {inference['count']} times"
            )
        yield (
            f"missed ticks: {figures['missed_ticks']}, late answers: {figures['late']}, "
            f"steps in which the safety layer stepped in: {figures['safety']}"
        )

    def table(self) -> Iterator[str]:
        """Yield a line for each episode."""
        head = ("episode", "seed", "outcome", "steps", "driven by a person", "missed", "late")
        yield from aligned([head, *(_row(record) for record in self.records)])


def success_rate(records: Sequence[EpisodeRecord]) -> str:
    """Return in words how many of the episodes without a person's help were solved."""
    counted = [record for record in records if not is_assisted(record)]
    if not counted:
        return "no episode was evaluated without a person's help"
    solved = sum(record.success for record in counted)
    low, high = wilson(solved, len(counted))
    return (
        f"success {solved / len(counted):.0%}: {solved} of {len(counted)} episodes, "
        f"95 % interval {low:.0%} to {high:.0%} (Wilson)"
    )


def is_assisted(record: EpisodeRecord) -> bool:
    """Say whether a person drove, or ended the episode."""
    return record.interventions > 0 or record.end_reason == EndReason.OPERATOR


def outcome_of(record: EpisodeRecord) -> str:
    """Return how an episode ended, in a word."""
    return "success" if record.success else record.end_reason


def _row(record: EpisodeRecord) -> tuple[str, ...]:
    outcome = outcome_of(record)
    numbers = (record.length, record.interventions, record.missed_ticks, record.late)
    length, driven, missed, late = (str(number) for number in numbers)
    return str(record.episode_index), str(record.seed), outcome, length, driven, missed, late


def _percentile(values: Any, percent: float) -> float | None:
    return float(np.percentile(values, percent)) if len(values) else None
