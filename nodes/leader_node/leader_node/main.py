"""Start the node: arguments, one object, one loop."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from dora_hil.arguments import NodeArguments
from dora_hil.config import words_of
from dora_hil.device.loop import run_device
from dora_hil.hardware.motor_bus import calibrate_command
from dora_hil.node.node import Event, EventKind, attach, run_main
from dora_hil.stream.messages import Action, Status
from leader_node.announcer import Announcer
from leader_node.arm_link import ArmLink
from leader_node.config import LeaderConfig, load
from leader_node.delta_device import DELTAS, GRIPPER, DeltaDevice
from leader_node.follower import Follower
from leader_node.hand_over import HandOver
from leader_node.hand_over_rules import TakeOver
from leader_node.leader_device import LeaderDevice
from leader_node.virtual_leader import lead, plugged_in

type Hear = Callable[[Event, Status | None], None]

NAME = "leader-node"
CONFIG = Path("configs/so101_leader.json")


def parser() -> NodeArguments:
    """Return the node's options."""
    arguments = NodeArguments(
        NAME,
        "A leader arm in a person's hand, or what says which way to move. Every key of the config "
        "can be given as a word: --teleop.port=/dev/ttyACM1. LEADER_ARGS holds more of them.",
    )
    arguments.option(
        "--config", variable="LEADER_CONFIG", default=CONFIG, kind=Path, about="the leader JSON"
    )
    arguments.option(
        "--take-over",
        variable="LEADER_TAKE_OVER",
        default=None,
        kind=_take_over,
        about=f"when the leader drives ({', '.join(TakeOver)}), instead of what the config says",
    )
    arguments.option(
        "--body-input",
        variable="LEADER_BODY_INPUT",
        default="intervention_leader",
        about="the body's input that this node's actions arrive on",
    )
    return arguments


def _take_over(text: str) -> TakeOver:
    try:
        return TakeOver(text)
    except ValueError:
        accepted = ", ".join(TakeOver)
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {accepted}") from None


@contextmanager
def built(
    config: LeaderConfig, source: str, body_input: str
) -> Iterator[tuple[LeaderDevice | DeltaDevice, Hear]]:
    """Build the device of a config, with a virtual arm where it asks for one.

    Yields:
        The device, and what hears the node's other inputs: of `hand`, where a virtual arm is led.

    Raises:
        ConfigError: LeRobot has no such teleoperator, or one without joints and deltas.
    """
    block = f"{source}: teleop"
    with plugged_in(config.teleop, block) as (teleop, virtual):
        device = _device(config, teleop, block, body_input)

        def hear(event: Event, status: Status | None) -> None:
            if event.id != "hand":
                device.hear(event, status)
            elif event.kind is EventKind.INPUT:
                lead(virtual, Action.from_arrow(event.value, event.metadata or {}))

        yield device, hear


def _device(
    config: LeaderConfig, teleop: Mapping[str, Any], block: str, body_input: str
) -> LeaderDevice | DeltaDevice:
    # LeRobot imports torch: only now, when the arguments are known to be good.
    from leader_node import teleoperators
    from leader_node.delta_arm import DeltaArm
    from leader_node.lerobot_arm import LeRobotArm

    make = partial(teleoperators.make, teleoperators.decode(teleop, block), block)
    made = make()
    names = teleoperators.names_of(made)
    if {*DELTAS} <= {*names}:
        return DeltaDevice(ArmLink(DeltaArm(make)), has_gripper=GRIPPER in names)
    joints = teleoperators.joints_of(made, block)
    arm = LeRobotArm(
        make,
        torque_limit=config.torque_limit,
        calibrate_command=calibrate_command("--teleop", teleop),
    )
    return LeaderDevice(
        ArmLink(arm),
        joints,
        Follower(body_input),
        HandOver(config.hand_over, can_move=arm.can_move),
        Announcer(config.hand_over, can_move=arm.can_move),
    )


def start(argv: Sequence[str]) -> int:
    """Run the node with these arguments; returns its exit code."""
    args, words = parser().parse_node_and_rest(argv)
    config = load(args.config, [*words, *words_of("LEADER_ARGS")], args.take_over)
    with built(config, str(args.config), args.body_input) as (device, hear):
        return run_device(attach(), device, hear)


def main() -> None:
    """Run as a node of a dataflow."""
    run_main(NAME, lambda: start(sys.argv[1:]))


if __name__ == "__main__":
    main()
