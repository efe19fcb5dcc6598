"""A run owner that records nothing: grants episodes, counts the kept ones, says `over`."""

import argparse

from dora_hil.node.node import EventKind, attach, run_main
from dora_hil.owner.run_owner import SelfOwner
from dora_hil.stream.timestep import TimeStep, Verdict


def main() -> int:
    """Run until enough episodes are kept, the run is over, or the body has gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--episodes", type=int, default=2)
    args = parser.parse_args()
    port = attach()
    owner = SelfOwner(seed=0, episodes=args.episodes)
    port.send("status", owner.grant_next())
    for event in port.events():
        if event.kind is EventKind.STOP:
            break
        if event.kind is not EventKind.INPUT or event.id != "episode":
            continue
        timestep = TimeStep.from_arrow(event.value, event.metadata or {})
        owner.saved += timestep.verdict is Verdict.KEEP
        if timestep.run_over or owner.is_complete:
            break
        if timestep.verdict in (Verdict.KEEP, Verdict.DISCARD):
            port.send("status", owner.grant_next())
    port.send("status", owner.over())
    return 0


if __name__ == "__main__":
    run_main("owner", main)
