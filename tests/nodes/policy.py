"""A policy stand-in: answers every step with a seeded random delta."""

import numpy as np

from dora_hil.actions import ActionSpace
from dora_hil.messages import Action, Kind, RunState, Status, TimeStep
from dora_hil.node import EventKind, attach


def main() -> None:
    """Run until the owner says `over` or the body has gone."""
    port = attach()
    for event in port.events():
        if event.kind is EventKind.STOP:
            return
        if event.kind is not EventKind.INPUT:
            continue
        if event.id == "status":
            if Status.from_arrow(event.value, event.metadata or {}).state is RunState.OVER:
                return
            continue
        timestep = TimeStep.from_arrow(event.value, event.metadata or {})
        if timestep.kind in (Kind.FIRST, Kind.MID):
            rng = np.random.default_rng([timestep.seed, timestep.step])
            value = np.append(rng.uniform(-0.3, 0.3, 3), 1.0).astype(np.float32)
            port.send(
                "action",
                Action(value, ActionSpace.EE_DELTA, timestep.episode, timestep.step),
            )


if __name__ == "__main__":
    main()
