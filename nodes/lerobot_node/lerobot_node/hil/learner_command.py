"""`lerobot-node learner`: LeRobot's learner, with what it gets wrong put right."""

import os
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from dora_hil.arguments import NodeArguments, switch
from dora_hil.config import words_of
from dora_hil.messages import RunState
from dora_hil.node import NodePort, attach
from dora_hil.run_events import RunEvents

STOP_GRACE_S = 3.0
"""Between a stop and the learner's end. dora kills a node ten seconds after a stop."""

LEARNER_CONFIG = "configs/train_gym_hil_state.json"


def parser() -> NodeArguments:
    """Return the options of `learner`."""
    p = NodeArguments(
        "lerobot-node learner",
        "Learn from what actors send: LeRobot's learner, beside a dataflow or as a node of it. "
        "Every key of the config can be given too: --policy.device=cuda. TRAIN_ARGS holds more of "
        "these words.",
    )
    p.option(
        "--config_path",
        variable="TRAIN_CONFIG",
        default=LEARNER_CONFIG,
        kind=Path,
        about="LeRobot's RL training JSON, the actor's",
    )
    add_resume(p)
    return p


def add_resume(parser: NodeArguments) -> None:
    """Add what learner and actor understand alike."""
    parser.option(
        "--resume",
        variable="RESUME_TRAINING",
        default="0",
        kind=switch,
        about="1 goes on from the last checkpoint of output_dir",
    )


def start(argv: Sequence[str]) -> int:
    """Learn with these arguments; returns the exit code."""
    args, words = parser().parse_node_and_rest(argv)
    os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
    # LeRobot's buffers compile a function, which needs a C++ compiler; nothing here uses it.
    os.environ.setdefault("TORCH_COMPILE_DISABLE", "1")
    from lerobot_node.hil.learning import Learning
    from lerobot_node.hil.train_config import load

    config = load(args.config_path, [*words, *words_of("TRAIN_ARGS")])
    config.resume = config.resume or args.resume
    learning = Learning(config)
    is_node = "DORA_NODE_CONFIG" in os.environ
    port = attach() if is_node else None
    learning.run(lambda stop: _end_with_the_run(port, stop) if port is not None else None)
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
