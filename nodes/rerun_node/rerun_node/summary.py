"""The text panel: what a person wants to read in passing."""

from typing import Final

from dora_hil.stream.messages import Status
from dora_hil.stream.timestep import EndReason, Phase, TimeStep, Verdict

_WORDS: Final = {
    Verdict.PENDING: "keep or discard?",
    Verdict.KEEP: "kept",
    Verdict.DISCARD: "discarded",
}


class Summary:
    """Says where an episode stands; it remembers the verdict, which is said once."""

    def __init__(self) -> None:
        """Begin an episode."""
        self._verdict = Verdict.NONE
        self._end_reason = EndReason.NONE

    def text(self, step: TimeStep, status: Status | None) -> str:
        """Return the panel as Markdown, with what the run owner said last."""
        self._follow(step)
        parts = [f"## {self._headline(step)}", _where(step), _counts(step, status), step.spec.task]
        if status is not None and status.message:
            parts.append(f"{'' if status.ok else '**error** '}{status.role}: {status.message}")
        return "\n\n".join(parts)

    def _follow(self, step: TimeStep) -> None:
        self._verdict = step.verdict or self._verdict
        if step.verdict is Verdict.DISCARD or not self._end_reason:
            # What is kept because the run ends had ended before, for a reason of its own.
            self._end_reason = step.end_reason

    def _headline(self, step: TimeStep) -> str:
        if step.episode < 0:
            return "before the first episode"
        if step.phase is Phase.RUNNING:
            return f"episode {step.episode}"
        words = _WORDS.get(self._verdict, str(step.phase))
        if step.telemetry.discard_in_s is not None:
            words = f"discarded in {step.telemetry.discard_in_s:.0f} s, `next` keeps it after all"
        reason = f" ({self._end_reason.words})" if self._end_reason else ""
        return f"episode {step.episode}: {words}{reason}"


def _where(step: TimeStep) -> str:
    words = [
        "the run is over" if step.run_over else str(step.phase),
        f"driver **{step.telemetry.driver}**",
    ]
    if step.step >= 0:
        words.insert(0, f"step {step.step} ({step.step * step.control_dt_s:.1f} s)")
    return " · ".join(words)


def _counts(step: TimeStep, status: Status | None) -> str:
    words = [f"missed ticks {step.telemetry.missed_ticks}", f"late {step.telemetry.late}"]
    if status is not None:
        target = f" of {status.target}" if status.target else ""
        words.insert(0, f"saved **{status.saved}**{target}")
    if step.telemetry.safety:
        words.append(f"safety **{step.telemetry.safety}**")
    if step.telemetry.frame_age_ms is not None:
        words.append(f"frame age {step.telemetry.frame_age_ms:.0f} ms")
    return " · ".join(words)
