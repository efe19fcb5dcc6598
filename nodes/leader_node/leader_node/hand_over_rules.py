"""How carefully leader and follower are brought together; in the leader JSON, `hand_over`."""

from dataclasses import dataclass
from enum import StrEnum


class TakeOver(StrEnum):
    """When a person drives.

    Attributes:
        ALWAYS: whenever an episode lets anybody drive.
        PUSH: from a push against the leader until it is held still.
    """

    ALWAYS = "always"
    PUSH = "push"


@dataclass(frozen=True)
class HandOverRules:
    """How carefully leader and follower are brought together.

    Attributes:
        take_over: see `TakeOver`.
        speed_deg_s: of the leader while its motors move it, and of the follower while what is
            left between the two is taken back.
        agree_within_deg: of every joint, for leader and follower to agree.
        push_by_deg: how far beside its commanded path a leader is when it is pushed.
        release_after_still_s: `push`: how long it is held still to hand back.
    """

    take_over: TakeOver = TakeOver.ALWAYS
    speed_deg_s: float = 60.0
    agree_within_deg: float = 8.0
    push_by_deg: float = 10.0
    release_after_still_s: float = 3.0

    def __post_init__(self) -> None:
        """Refuse what would never move, agree or end."""
        for name in ("speed_deg_s", "agree_within_deg", "push_by_deg", "release_after_still_s"):
            if not 0.0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be a number above 0, got {getattr(self, name)}")
