"""A policy stand-in: answers every step with a seeded random delta."""

import numpy as np

from dora_hil.node.node import EventKind, attach, run_main
from dora_hil.node.run_events import RunEvents
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.messages import Action
from dora_hil.stream.timestep import Kind, TimeStep


def main() -> int:
    """Run until the owner says `over` or the body has gone."""
    events = RunEvents(port := attach())
    for event in events:
        if event.kind is not EventKind.INPUT:
            continue
        timestep = TimeStep.from_arrow(event.value, event.metadata or {})
        if timestep.kind in (Kind.FIRST, Kind.MID):
            rng = np.random.default_rng([timestep.seed, timestep.step])
            value = np.append(rng.uniform(-0.3, 0.3, 3), 1.0).astype(np.float32)
            port.send(
                "action",
                Action(value, ActionSpace.EE_DELTA, timestep.episode, timestep.step),
            )
    return events.exit_code


if __name__ == "__main__":
    run_main("policy", main)
