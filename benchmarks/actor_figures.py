"""What the logs of a trial come to."""

import itertools
import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.actor_log import ActorStep

PARTS = ("simulation", "rendering", "processors", "policy", "sleep", "rest")


def window_figures(
    steps: Sequence[ActorStep], updates: Sequence[dict[str, Any]], begin_s: float, end_s: float
) -> dict[str, Any]:
    """Return the figures of what happened between two moments of `time.time()`.

    Args:
        steps: of the actor.
        updates: the learner's lines, with `time_s`.
        begin_s: moment.
        end_s: moment.
    """
    seconds = end_s - begin_s
    steps = [step for step in steps if begin_s <= step.at_s < end_s]
    policy_ms = [step.policy_ms for step in steps]
    ages_s = [step.weights_age_s for step in steps if step.weights_age_s is not None]
    periods_s = [b.at_s - a.at_s for a, b in itertools.pairwise(steps) if a.episode == b.episode]
    between_s = [b.at_s - a.at_s for a, b in itertools.pairwise(steps) if a.episode != b.episode]
    return {
        "steps": len(steps),
        "steps_per_s": len(steps) / seconds,
        "updates_per_s": sum(begin_s <= u["time_s"] < end_s for u in updates) / seconds,
        "policy_ms": _percentiles(policy_ms),
        "weights_age_s": _percentiles(ages_s),
        "reset_s": statistics.median(between_s) - statistics.median(periods_s)
        if between_s
        else None,
        "parts_ms": _parts_ms(steps),
    }


def _percentiles(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    return {f"p{p}": float(np.percentile(values, p)) for p in (50, 95)}


def _parts_ms(steps: Sequence[ActorStep]) -> dict[str, float] | None:
    """Return the mean of each part of a step within an episode; None without clocks inside."""
    clocked = [step.parts_ms for step in steps if step.parts_ms and "reset" not in step.parts_ms]
    if not clocked:
        return None

    def mean(name: str) -> float:
        return statistics.mean(parts.get(name, 0.0) for parts in clocked)

    parts_ms = {
        "simulation": mean("env") - mean("render"),
        "rendering": mean("render"),
        "processors": mean("env and processors") - mean("env"),
        "policy": mean("policy"),
        "sleep": mean("sleep"),
    }
    return {**parts_ms, "rest": mean("step") - sum(parts_ms.values())}
