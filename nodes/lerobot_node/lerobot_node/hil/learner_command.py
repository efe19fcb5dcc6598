"""`lerobot-node learner`: LeRobot's learner, with what it gets wrong put right."""

import os
import signal
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dora_hil.arguments import NodeArguments, number
from dora_hil.errors import one_line
from dora_hil.node.node import NodePort, attach
from dora_hil.node.run_events import RunEvents
from dora_hil.owner.run_owner import RunOwner
from dora_hil.stream.messages import RunState
from lerobot_node.hil.arguments import training_arguments, training_config
from lerobot_node.hil.episode_folder import RECEIVED, held

if TYPE_CHECKING:
    from lerobot.rl.train_rl import TrainRLServerPipelineConfig

STOP_GRACE_S = 3.0
"""Between a stop and the learner's end. dora kills a node ten seconds after a stop."""


def parser() -> NodeArguments:
    """Return the options of `learner`."""
    p = training_arguments(
        "lerobot-node learner",
        "Learn from what actors send: LeRobot's learner, beside a dataflow or as a node of it. "
        "Every key of the config can be given too: --policy.device=cuda. TRAIN_ARGS holds more of "
        "these words.",
    )
    p.option(
        "--n_step",
        variable="N_STEP",
        default=3,
        kind=number(int, 1),
        about="steps from what is done to the value it is judged by; 1 is LeRobot's own way",
    )
    p.option(
        "--bc_weight",
        variable="BC_WEIGHT",
        default=0.0,
        kind=number(float, 0.0),
        about="of people's own actions (demonstrations, interventions) in the actor's loss, beside "
        "values of 0 to 1; 0 is LeRobot's own way",
    )
    return p


def start(argv: Sequence[str]) -> int:
    """Learn with these arguments; returns the exit code."""
    args, words = parser().parse_node_and_rest(argv)
    config = training_config(args, words)
    with held(config.output_dir, RECEIVED):
        return _learn(config, args.n_step, args.bc_weight)


def _learn(config: "TrainRLServerPipelineConfig", n_step: int, bc_weight: float) -> int:
    from lerobot_node.hil.learning import Learning

    learning = Learning(config, n_step, bc_weight)
    is_node = "DORA_NODE_CONFIG" in os.environ
    ports: list[NodePort] = []

    def join(stop: threading.Event) -> None:
        # Not before: what cannot be built or read keeps the dataflow from starting.
        if is_node:
            ports.append(attach())
            _end_with_the_run(ports[0], stop)

    try:
        learning.run(join)
    except Exception as error:
        for port in ports:
            port.send("status", RunOwner("learner", target=0).over(one_line(error)))
        raise
    return 0


def _end_with_the_run(port: NodePort, stop: threading.Event) -> None:
    """Set `stop` when the run owner says so, or soon after the dataflow is stopped."""
    # Ctrl-C reaches every process of a terminal; LeRobot would leave at once.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def listen() -> None:
        events = RunEvents(port)
        for _ in events:
            pass
        if events.status is None or events.status.state is not RunState.OVER:
            # The actor delivers what it has; nothing says when it is done.
            time.sleep(STOP_GRACE_S)
        stop.set()

    threading.Thread(target=listen, name="status", daemon=True).start()
