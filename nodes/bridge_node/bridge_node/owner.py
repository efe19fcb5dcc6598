"""The run owner that has no end of its own: it grants episodes while a LeRobot process drives."""

from collections.abc import Callable, Iterator

from dora_hil.owner.body_end import BodyEnd
from dora_hil.owner.run_owner import RunOwner
from dora_hil.stream.messages import Status
from dora_hil.stream.timestep import Phase, TimeStep, Verdict


class BridgeOwner:
    """Hears the `episode` stream; knows nothing of dora."""

    def __init__(self, is_driven: Callable[[], bool]) -> None:
        """Grant nothing as long as `is_driven` says no: the body then holds in RESETTING."""
        self._owner = RunOwner("bridge", target=0)
        self._is_driven = is_driven
        self._end = BodyEnd()
        self._newest: TimeStep | None = None
        self._granted_after: int | None = None

    @property
    def is_over(self) -> bool:
        """Say whether the body has ended the run."""
        return self._end.has_come

    def hear(self, timestep: TimeStep) -> None:
        """Take the next message."""
        self._newest = timestep
        self._owner.saved += timestep.verdict is Verdict.KEEP
        self._end.hear(timestep)

    def statuses(self) -> Iterator[Status]:
        """Yield what there is to say now; to be called after every batch of messages."""
        newest = self._newest
        if newest is None or newest.phase is not Phase.RESETTING or not self._is_driven():
            return
        if newest.episode != self._granted_after:
            self._granted_after = newest.episode
            yield self._owner.grant(seed=-1)

    def stream_ended(self, *, expected: bool) -> None:
        """Note that no message is heard any more; `expected` where all of it was stopped."""
        self._end.stream_ended(expected=expected or self.is_over)

    def over(self, failure: str = "") -> Status:
        """Return the last word; `failure` is what this does not know of."""
        return self._owner.over(failure or self._end.fault)
