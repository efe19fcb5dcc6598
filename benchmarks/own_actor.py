"""`lerobot-node actor`, unchanged, with a log of its steps: `python -m benchmarks.own_actor LOG`.

A node of `dataflow-train-operator.yaml`, in place of `lerobot-node`.
"""

import sys
import time
from pathlib import Path

from benchmarks.actor_log import ActorLog, ActorStep
from dora_hil.node.node import run_main
from dora_hil.stream.messages import Action
from dora_hil.stream.timestep import TimeStep
from lerobot_node.hil import actor, actor_command


def main() -> None:
    """Run as a node of a dataflow."""
    log = ActorLog(Path(sys.argv[1]))

    class LoggedActor(actor.Actor):
        """Writes down each action."""

        def answer(self, timestep: TimeStep) -> Action | None:
            """Answer, and note it."""
            action = super().answer(timestep)
            if action is not None:
                policy = self._policy
                loaded_s = policy.loaded_s
                log.write(
                    ActorStep(
                        at_s=time.time(),
                        episode=timestep.episode,
                        policy_ms=1e3 * policy.latencies_s[-1],
                        weights_age_s=None if loaded_s is None else time.monotonic() - loaded_s,
                        sent=self.steps,
                    )
                )
            return action

    actor.Actor = LoggedActor  # type: ignore[misc]
    run_main("lerobot-node", lambda: actor_command.start([]))


if __name__ == "__main__":
    main()
