"""What the page knows of the run, from the messages that pass by."""

from collections import deque
from typing import Any, Final

from dora_hil.messages import Status
from dora_hil.timestep import Kind, TimeStep, Verdict
from web_node.snapshot import Snapshot

_CAMERA: Final = "observation.images."
RATE_OVER_S: Final = 2.0


class RunView:
    """Counts episodes, measures the rate, and turns each message into a `Snapshot`."""

    def __init__(self) -> None:
        """Start before the first message."""
        self._frames = 0
        self._captured_ns: deque[int] = deque()
        self._succeeded: dict[int, bool] = {}
        self._kept = self._successes = 0
        self._last: dict[str, Any] = {}

    def see(self, step: TimeStep, status: Status | None) -> Snapshot:
        """Take one message, with what the run owner said last."""
        self._count(step)
        self._frames += 1
        if step.kind is Kind.LAST:
            self._last = {
                "success": step.success,
                "end_reason": step.end_reason,
                "episode": step.episode,
            }
        state = {
            "task": step.spec.task,
            "phase": step.phase,
            "kind": step.kind,
            "episode": step.episode,
            "step": step.step,
            "verdict": step.verdict,
            "driver": step.driver,
            "is_intervention": step.is_intervention,
            "reward": round(step.reward, 3),
            "success": step.success,
            "last": self._last,
            "kept": self._kept,
            "successes": self._successes,
            "late": step.late,
            "missed_ticks": step.missed_ticks,
            "safety": step.safety,
            "seed": step.seed,
            "control_dt_s": step.control_dt_s,
            "rate_hz": self._rate_hz(step.t_capture_ns),
            "frame_age_ms": step.frame_age_ms,
            "run_over": step.run_over,
            "owner": _owner(status),
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


def _owner(status: Status | None) -> dict[str, Any] | None:
    if status is None:
        return None
    return {
        "role": status.role,
        "saved": status.saved,
        "target": status.target,
        "ok": status.ok,
        "message": status.message,
    }
