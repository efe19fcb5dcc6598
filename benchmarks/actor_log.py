"""What an actor did, a line of JSON for each environment step."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class ActorStep:
    """One environment step of an actor.

    Attributes:
        at_s: when the policy had its action, `time.time()`.
        episode: counts up.
        policy_ms: from the observation to the action.
        weights_age_s: since the weights in use came; None before the first ones.
        sent: transitions that were handed to the transport so far.
        parts_ms: where the time since the step before went, by name.
    """

    at_s: float
    episode: int
    policy_ms: float
    weights_age_s: float | None
    sent: int
    parts_ms: Mapping[str, float] = field(default_factory=dict)


class ActorLog:
    """Appends steps to a file, each at once: whoever measures may kill the actor."""

    def __init__(self, path: Path) -> None:
        """Open the file."""
        self._file = path.open("w", encoding="utf-8", buffering=1)

    def write(self, step: ActorStep) -> None:
        """Append a step."""
        self._file.write(json.dumps(asdict(step)) + "\n")


def read_steps(path: Path) -> list[ActorStep]:
    """Return the steps that were written so far."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    return [ActorStep(**json.loads(line)) for line in lines]
