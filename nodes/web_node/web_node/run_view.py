"""What the page knows of the run, from the messages that pass by."""

from collections import deque
from dataclasses import asdict
from typing import Any, Final

from dora_hil.body.safety import BUS, MEANINGS, NAN, WATCHDOG
from dora_hil.stream.messages import Status
from dora_hil.stream.timestep import Kind, Telemetry, TimeStep, Verdict
from web_node.snapshot import Snapshot

_CAMERA: Final = "observation.images."
RATE_OVER_S: Final = 2.0
HICCUPS: Final = 2
"""Missed ticks and late steps of an episode that nobody has to be told of,"""
HICCUP_SHARE: Final = 0.02
"""or this share of its steps, where that is more."""
STALE_PICTURE_MS: Final = 500.0
_WRONG: Final = (NAN, WATCHDOG, BUS)
"""What stepped in though nobody drove into a limit."""


class RunView:
    """Counts episodes, measures the rate, and turns each message into a `Snapshot`."""

    def __init__(self) -> None:
        """Start before the first message."""
        self._frames = 0
        self._captured_ns: deque[int] = deque()
        self._succeeded: dict[int, bool] = {}
        self._kept = self._successes = 0
        self._last: dict[str, Any] = {}
        self._before = Telemetry()

    def see(self, step: TimeStep, status: Status | None) -> Snapshot:
        """Take one message, with what the run owner said last."""
        self._count(step)
        self._frames += 1
        is_news = step.verdict and self._last.get("episode") != step.episode
        if step.kind is Kind.LAST or is_news:
            # One that was discarded before its end has no LAST.
            self._last = {
                "success": step.kind is Kind.LAST and step.success,
                "end_reason": step.end_reason,
                "episode": step.episode,
            }
        if step.verdict:
            self._last = {**self._last, "verdict": step.verdict}
        if step.kind is Kind.FIRST:
            self._before = step.telemetry
        state = {
            "task": step.spec.task,
            "max_steps": step.spec.max_steps,
            "advance": step.spec.advance,
            "trouble": self._trouble(step),
            "phase": step.phase,
            "kind": step.kind,
            "episode": step.episode,
            "step": step.step,
            "verdict": step.verdict,
            "discard_in_s": step.telemetry.discard_in_s,
            "driver": step.telemetry.driver,
            "is_intervention": step.is_intervention,
            "reward": round(step.reward, 3),
            "success": step.success,
            "last": self._last,
            "kept": self._kept,
            "successes": self._successes,
            "late": step.telemetry.late,
            "missed_ticks": step.telemetry.missed_ticks,
            "safety": step.telemetry.safety,
            "seed": step.seed,
            "control_dt_s": step.control_dt_s,
            "rate_hz": self._rate_hz(step.t_capture_ns),
            "frame_age_ms": step.telemetry.frame_age_ms,
            "run_over": step.run_over,
            "owner": owner_words(status),
        }
        pictures = {
            name.removeprefix(_CAMERA): array.copy()
            for name, array in step.columns.items()
            if name.startswith(_CAMERA)
        }
        return Snapshot(self._frames, step.t_capture_ns, state, pictures)

    def _count(self, step: TimeStep) -> None:
        if step.kind is Kind.LAST:
            self._succeeded[step.episode] = step.success
        if step.verdict is Verdict.KEEP and step.episode in self._succeeded:
            self._kept += 1
            self._successes += self._succeeded.pop(step.episode)
        elif step.verdict is Verdict.DISCARD:
            self._succeeded.pop(step.episode, None)

    def _trouble(self, step: TimeStep) -> list[str]:
        """Return what is wrong, each in a few words; nothing where all is as it should be."""
        allowed = max(HICCUPS, HICCUP_SHARE * step.step)
        now = step.telemetry
        missed, late = now.missed_ticks - self._before.missed_ticks, now.late - self._before.late
        found = [MEANINGS[name] for name in _WRONG if name in now.safety.split(",")]
        if missed > allowed:
            found.append(f"{missed} ticks missed in this episode")
        if late > allowed:
            found.append(f"{late} steps without an answer in time")
        if now.frame_age_ms is not None and now.frame_age_ms > STALE_PICTURE_MS:
            found.append("a camera's picture is old")
        return found

    def _rate_hz(self, t_capture_ns: int) -> float | None:
        """Return how many steps a second there were of late; None while that is unknown."""
        seen = self._captured_ns
        if not seen or t_capture_ns > seen[-1]:
            seen.append(t_capture_ns)
        while seen[-1] - seen[0] > RATE_OVER_S * 1e9:
            seen.popleft()
        if len(seen) < 2:
            return None
        return round(1e9 * (len(seen) - 1) / (seen[-1] - seen[0]), 1)


def owner_words(status: Status | None) -> dict[str, Any] | None:
    """Return what the page needs of a run owner's word."""
    if status is None:
        return None
    return {name: getattr(status, name) for name in ("role", "saved", "target", "ok", "message")}


def training_words(status: Status | None) -> dict[str, Any] | None:
    """Return what the page needs of a training; None where there is none."""
    if status is None or status.training is None:
        return None
    return asdict(status.training)
