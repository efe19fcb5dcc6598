"""A run owner that records nothing: grants episodes, counts the kept ones, says `over`."""

import argparse

from dora_hil.node.node import EventKind, NodePort, attach, run_main
from dora_hil.owner.run_owner import RunOwner
from dora_hil.stream.timestep import TimeStep, Verdict


class Owner:
    """Grants `episodes` episodes with seeds from `seed` on."""

    def __init__(self, port: NodePort, episodes: int, seed: int) -> None:
        """Say nothing yet."""
        self._port = port
        self._owner = RunOwner("owner", episodes)
        self._seed = seed

    def grant(self) -> None:
        """Let one more episode begin."""
        self._port.send("status", self._owner.grant(self._seed + self._owner.saved))

    def hear(self, timestep: TimeStep) -> bool:
        """Take a message; returns whether the run is over."""
        if timestep.verdict in (Verdict.KEEP, Verdict.DISCARD):
            self._owner.saved += timestep.verdict is Verdict.KEEP
            if not self._owner.is_complete and not timestep.run_over:
                self.grant()
        return timestep.run_over or self._owner.is_complete

    def over(self) -> None:
        """Say the last word."""
        self._port.send("status", self._owner.over())


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
