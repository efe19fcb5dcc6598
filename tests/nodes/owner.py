"""A run owner that records nothing: grants episodes, counts the kept ones, says `over`."""

import argparse

from dora_hil.messages import RunState, Status
from dora_hil.node import EventKind, NodePort, attach, run_main
from dora_hil.timestep import TimeStep, Verdict


class Owner:
    """Grants `episodes` episodes with seeds from `seed` on."""

    def __init__(self, port: NodePort, episodes: int, seed: int) -> None:
        """Say nothing yet."""
        self.port = port
        self.episodes = episodes
        self.seed = seed
        self.kept = 0
        self.grants = 0

    def grant(self) -> None:
        """Let one more episode begin."""
        self._say(RunState.GRANTED, grant=self.grants, seed=self.seed + self.kept)
        self.grants += 1

    def hear(self, timestep: TimeStep) -> bool:
        """Take a message; returns whether the run is over."""
        if timestep.verdict in (Verdict.KEEP, Verdict.DISCARD):
            self.kept += timestep.verdict is Verdict.KEEP
            if self.kept < self.episodes and not timestep.run_over:
                self.grant()
        return timestep.run_over or self.kept >= self.episodes

    def over(self) -> None:
        """Say the last word."""
        self._say(RunState.OVER)

    def _say(self, state: RunState, grant: int = -1, seed: int = -1) -> None:
        status = Status(
            state, role="owner", grant=grant, seed=seed, saved=self.kept, target=self.episodes
        )
        self.port.send("status", status)


def main() -> int:
    """Run until enough episodes are kept, the run is over, or the body has gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--episodes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    port = attach()
    owner = Owner(port, args.episodes, args.seed)
    owner.grant()
    for event in port.events():
        if event.kind is EventKind.INPUT and event.id == "episode":
            if owner.hear(TimeStep.from_arrow(event.value, event.metadata or {})):
                break
        elif event.kind is EventKind.STOP:
            break
    owner.over()
    return 0


if __name__ == "__main__":
    run_main("owner", main)
