"""What a pad's parts are called, and how they stand; SDL's names, the same on every pad."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

BUTTONS: Final = (
    *("a", "b", "x", "y", "back", "guide", "start", "leftstick", "rightstick"),
    *("leftshoulder", "rightshoulder", "dpup", "dpdown", "dpleft", "dpright"),
)
"""In the order of SDL's numbers."""

STICKS: Final = ("leftx", "lefty", "rightx", "righty")
TRIGGERS: Final = ("lefttrigger", "righttrigger")
AXES: Final = (*STICKS, *TRIGGERS)
"""In the order of SDL's numbers; down and right are positive."""


@dataclass(frozen=True)
class PadState:
    """How a pad stands.

    Attributes:
        buttons: which are down.
        axes: by name; sticks in [-1, 1], triggers in [0, 1].
    """

    buttons: frozenset[str] = frozenset()
    axes: Mapping[str, float] = field(default_factory=dict)


class PadReader(Protocol):
    """What tells how a pad stands."""

    def open(self) -> None:
        """Get ready; called in the thread that reads.

        Raises:
            PadError: no pad can be read here.
        """

    def read(self) -> PadState | None:
        """Return how the pad stands; None while none is plugged in."""

    @property
    def name(self) -> str:
        """Return what the pad calls itself."""

    def close(self) -> None:
        """Read no more."""
