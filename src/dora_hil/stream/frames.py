"""Build (o_t, a_t, r_t, o_t+1) from consecutive messages of the `episode` stream."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dora_hil.stream.timestep import Kind, TimeStep


@dataclass(frozen=True, eq=False)
class Frame:
    """One transition: what was seen, what was executed then, and what came of it.

    Attributes:
        before: the message whose observation is o_t.
        after: the message that carries a_t, r_t, the flags and o_t+1.
    """

    before: TimeStep
    after: TimeStep

    @property
    def index(self) -> int:
        """Return the frame's number in its episode, from 0."""
        return self.before.step

    @property
    def is_last(self) -> bool:
        """Say whether the episode ends with this frame."""
        return self.after.kind is Kind.LAST


class FrameAssembler:
    """Pairs consecutive steps and counts every message that is missing between them.

    Attributes:
        gaps: messages found missing since the start, over all episodes.
        episode_gaps: the same for the present episode; it can no longer be recorded whole.
    """

    def __init__(self) -> None:
        """Start before the first message."""
        self.gaps = 0
        self.episode_gaps = 0
        self._previous: TimeStep | None = None

    def push(self, timestep: TimeStep) -> Frame | None:
        """Take the next message and return the frame it completes, if it completes one.

        A new episode is known by its number, so that a lost FIRST is a gap like any other.
        PHASE is passed over; a frame is never built across a gap.
        """
        if timestep.kind is Kind.PHASE:
            return None
        previous, self._previous = self._previous, timestep
        if previous is None or previous.episode != timestep.episode:
            self.episode_gaps = 0
            previous = None
        missing = timestep.step - (previous.step + 1 if previous else 0)
        if missing:
            self.gaps += abs(missing)
            self.episode_gaps += abs(missing)
            return None
        return Frame(previous, timestep) if previous else None


def frames(timesteps: Iterable[TimeStep]) -> Iterator[Frame]:
    """Yield the frames of a stream in order.

    Raises:
        GapError: a message is missing.
    """
    assembler = FrameAssembler()
    for timestep in timesteps:
        frame = assembler.push(timestep)
        if assembler.gaps:
            raise GapError(
                f"episode {timestep.episode}: {assembler.gaps} message(s) missing before step "
                f"{timestep.step}"
            )
        if frame:
            yield frame


class GapError(RuntimeError):
    """The stream has a hole; the text says where."""
