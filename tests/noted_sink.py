"""A place for episodes that notes what it is given."""

import threading
from dataclasses import dataclass, field

from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.frames import Frame
from dora_hil.stream.timestep import TimeStep
from dora_hil_datasets.dataset.episode_record import EpisodeRecord


@dataclass
class NotedSink:
    """A sink that notes its calls, and may wait or fail in them.

    Attributes:
        calls: in order: `begin`, `add` with the step, `keep` with the index, `discard`, `close`.
        may_go_on: nothing is taken until it is set.
        failure: what every frame meets.
    """

    calls: list[str] = field(default_factory=list)
    may_go_on: threading.Event = field(default_factory=threading.Event)
    failure: Exception | None = None

    def __post_init__(self) -> None:
        """Wait for nothing, unless a test says so."""
        self.may_go_on.set()

    def begin(self, first: TimeStep, space: ActionSpace) -> None:
        """Note a beginning."""
        self._note("begin")

    def add(self, frame: Frame) -> None:
        """Note a step."""
        if self.failure is not None:
            raise self.failure
        self._note(f"add {frame.after.step}")

    def keep(self, record: EpisodeRecord) -> None:
        """Note an episode that counts."""
        self._note(f"keep {record.episode_index}")

    def discard(self) -> None:
        """Note one that does not."""
        self._note("discard")

    def close(self) -> str:
        """Note the end."""
        self._note("close")
        return ""

    def _note(self, call: str) -> None:
        self.may_go_on.wait(10.0)
        self.calls.append(call)
