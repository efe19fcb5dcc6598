"""robot-node: a real arm, or one that is not there, as the body of a dataflow."""

import sys

from dora_hil.body.arguments import body_arguments, parse_body
from dora_hil.node.node import run_main


def start(argv: list[str]) -> int:
    """Run the node with these arguments; returns its exit code."""
    parser = body_arguments(
        "robot-node",
        "Any robot that LeRobot can drive, as the body of a dataflow.",
        "configs/so101_env.json",
    )
    args = parse_body(parser, argv)
    # Not before the line above: LeRobot takes seconds to import.
    from robot_node.session import run

    return run(args)


def main() -> None:
    """Run as a node of a dataflow."""
    run_main("robot-node", lambda: start(sys.argv[1:]))


if __name__ == "__main__":
    main()
