"""gym-hil-node: the Panda in MuJoCo, as the body of a dataflow."""

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from dora_hil.arguments import NodeArguments, names, number
from dora_hil.body.arguments import body_arguments, parse_body
from dora_hil.display.opengl import prepare_opengl
from dora_hil.node.node import run_main
from gym_hil_node.viewer import MODES


def parser() -> NodeArguments:
    """Return the node's options."""
    p = body_arguments(
        "gym-hil-node",
        "The Panda in MuJoCo, as the body of a dataflow.",
        "configs/gym_hil_env.json",
    )
    p.option(
        "--lockstep",
        variable="LOCKSTEP",
        default=(),
        kind=names,
        about="inputs that must have answered before a tick steps, separated by commas",
    )
    p.option(
        "--lockstep-time-limit-s",
        variable="LOCKSTEP_TIME_LIMIT_S",
        default=10.0,
        kind=number(float, 0.001),
        about="step without an answer after that long",
    )
    p.option(
        "--speed",
        variable="SPEED",
        default=1.0,
        kind=number(float, 0.001),
        about="seconds of simulated time per second of the clock that people drive at",
    )
    p.option(
        "--viewer",
        variable="VIEWER",
        default="auto",
        choices=MODES,
        about="MuJoCo's window; auto: where there is a display",
    )
    p.option(
        "--video",
        variable="VIDEO",
        default=None,
        kind=Path,
        about="write the cameras' pictures to this .mp4 or .gif",
    )
    return p


def start(argv: Sequence[str]) -> int:
    """Run the node with these arguments; returns its exit code."""
    args = parse_body(parser(), argv)
    prepare_opengl(os.environ)
    # PyOpenGL tells everybody that an accelerator is missing.
    logging.getLogger("OpenGL").setLevel(logging.WARNING)
    # Not before the line above: MuJoCo loads its OpenGL when it is imported.
    from gym_hil_node.session import run

    return run(args, argv)


def main() -> None:
    """Run as a node of a dataflow."""
    run_main("gym-hil-node", lambda: start(sys.argv[1:]))


if __name__ == "__main__":
    main()
