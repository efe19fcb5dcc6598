"""A pad without a pad, for tests."""

from dataclasses import dataclass, field

from gamepad_node.sdl_pads import PadError
from gamepad_node.state import PadState


@dataclass
class FakePads:
    """Stands as a test puts it.

    Attributes:
        state: how; None while it is unplugged.
        failure: why no pad can be read; empty where one can.
        closed: `close` was called.
    """

    state: PadState | None = field(default_factory=PadState)
    failure: str = ""
    closed: bool = False
    name: str = "fake pad"

    def open(self) -> None:
        """Get ready, unless a `failure` was set."""
        if self.failure:
            raise PadError(self.failure)

    def read(self) -> PadState | None:
        """Return how it stands."""
        return self.state

    def close(self) -> None:
        """Read no more."""
        self.closed = True
