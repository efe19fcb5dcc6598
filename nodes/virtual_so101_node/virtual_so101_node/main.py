"""The table of a virtual SO-101, as a node: its arm on a port, and the hand that places the block.

Beside the wire it says what only the world knows, for the scripted operator; the body sees of
all this what it sees of a real arm. The arm runs in a process of its own, `virtual-so101`, for
dora lets no thread of a node run while the dataflow starts.
"""

import logging
import sys
from contextlib import ExitStack
from pathlib import Path

from dora_hil.arguments import NodeArguments
from dora_hil.body.arguments import parse_body
from dora_hil.config import ConfigError, override, read_json, value_at
from dora_hil.hardware import virtual_arm
from dora_hil.hardware.virtual_arm import VirtualArm
from dora_hil.node.node import EventKind, NodePort, attach, run_main
from dora_hil.stream.messages import RunState, Status
from virtual_so101_node import folder

NAME = "virtual-so101-node"
log = logging.getLogger(NAME)


def run(port: NodePort, arm: VirtualArm | None) -> int:
    """Place a block for every granted episode, until the body has gone; returns the exit code.

    Args:
        port: the node's.
        arm: None where a real one stands on the table: a person places the block.
    """
    placed = -1
    for event in port.events():
        if event.id == "episode" and event.kind is EventKind.CLOSED:
            break
        if arm is None or event.kind is not EventKind.INPUT:
            continue
        if event.id == "status":
            status = Status.from_arrow(event.value, event.metadata or {})
            if status.state is RunState.GRANTED and status.grant > placed:
                placed = status.grant
                arm.tell(f"place {max(status.seed, 0)}")
        elif event.id == "tick":
            port.send("world", arm.look())
    return 0


def start(arguments: list[str]) -> int:
    """Run the node with these arguments; returns its exit code.

    Raises:
        ConfigError: the environment JSON cannot be read, or `virtual-so101` does not start.
    """
    parser = NodeArguments(NAME, "The table of a virtual SO-101: arm, block and cameras.")
    parser.option(
        "--config_path",
        variable="ENV_CONFIG",
        default="configs/so101_env.json",
        kind=Path,
        about="LeRobot-format environment JSON, which says whether the arm is a virtual one; "
        "$ENV_ARGS holds words that are put over it",
    )
    args = parse_body(parser, arguments)
    robot = value_at(override(read_json(args.config_path), args.words), "env.robot")
    if not isinstance(robot, dict):
        raise ConfigError(f"{args.config_path}: env.robot: must be a block of keys, got {robot!r}")
    if robot.get("port") != virtual_arm.PORT:
        log.info("a real arm on %s: a person places the block", robot.get("port"))
        return run(attach(), None)
    with ExitStack() as opened:
        place = virtual_arm.dataflow_folder()
        place.mkdir(parents=True, exist_ok=True)
        opened.callback(folder.remove, place)
        arm = opened.enter_context(VirtualArm(place / virtual_arm.LINK))
        folder.write(place, str(robot.get("id")), arm.camera_port)
        return run(attach(), arm)


def main() -> None:
    """Run as a node of a dataflow."""
    run_main(NAME, lambda: start(sys.argv[1:]))


if __name__ == "__main__":
    main()
