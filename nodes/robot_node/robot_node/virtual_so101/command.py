r"""An SO-101 that is not there, on a pseudo-terminal: for trying things before the arm arrives.

    virtual-so101 --link outputs/so101
    lerobot-calibrate --robot.type=so101_follower --robot.port=outputs/so101 --robot.id=virtual

It prints the port, and takes commands from its standard input, one a line:

    corrupt 0.05          that share of its answers has a wrong bit
    lose 0.05             that share of its answers gets lost
    turn elbow_flex 2500  a hand turns that joint's shaft, 4096 ticks a turn; torque has to be off
    push elbow_flex 200   a hand pushes it that far from its goal while its torque is on
    let_go elbow_flex     the hand pushes no more
    unplug                the cable is pulled; it ends
"""

import argparse
import signal
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType

from dora_hil.arguments import number
from robot_node.virtual_so101.arm import JOINTS, servos
from robot_node.virtual_so101.bus import LineFaults, ServoBus
from robot_node.virtual_so101.line import SerialLine

_share = number(float, 0.0, 1.0)


class CommandError(ValueError):
    """A line that means nothing; says what is accepted."""


def obey(bus: ServoBus, line: str) -> bool:
    """Do what one line says; returns whether the arm stays plugged in.

    Raises:
        CommandError: it says nothing that is known.
    """
    try:
        match line.split():
            case []:
                pass
            case ["unplug"]:
                return False
            case ["corrupt", share]:
                bus.faults.corrupted = _share(share)
            case ["lose", share]:
                bus.faults.lost = _share(share)
            case ["turn", joint, ticks] if joint in JOINTS:
                bus.servos[JOINTS.index(joint)].turn(number(float, 0.0, 4095.0)(ticks))
            case ["push", joint, ticks] if joint in JOINTS:
                bus.servos[JOINTS.index(joint)].push(number(float, -4095.0, 4095.0)(ticks))
            case ["let_go", joint] if joint in JOINTS:
                bus.servos[JOINTS.index(joint)].push(0.0)
            case _:
                raise CommandError(
                    f"{line.strip()!r}: accepted: corrupt SHARE, lose SHARE, turn JOINT TICKS, "
                    f"push JOINT TICKS, let_go JOINT ({', '.join(JOINTS)}), unplug"
                )
    except argparse.ArgumentTypeError as error:
        raise CommandError(f"{line.strip()!r}: {error}") from None
    return True


def listen(
    bus: ServoBus, lines: Iterable[str], stopped: threading.Event, *, ends_with_input: bool = False
) -> None:
    """Obey lines until one of them pulls the plug, or, if asked to, until there are no more."""
    for line in lines:
        try:
            if not obey(bus, line):
                stopped.set()
                return
        except CommandError as error:
            print(f"virtual-so101: {error}", file=sys.stderr, flush=True)
    if ends_with_input:
        stopped.set()


def main(argv: Sequence[str] | None = None) -> None:
    """Run until it is stopped or unplugged."""
    parser = argparse.ArgumentParser(
        prog="virtual-so101",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--link", type=Path, help="a place that always leads to its port")
    parser.add_argument("--corrupted", type=_share, default=0.0, help="share of wrong answers")
    parser.add_argument("--lost", type=_share, default=0.0, help="share of lost answers")
    parser.add_argument("--seed", type=int, default=0, help="of what goes wrong")
    parser.add_argument(
        "--ends-with-input",
        action="store_true",
        help="end when the standard input is closed, as a child's is when its parent is killed",
    )
    args = parser.parse_args(argv)
    bus = ServoBus(servos(), LineFaults(args.corrupted, args.lost, args.seed))
    if args.link is not None:
        args.link.parent.mkdir(parents=True, exist_ok=True)
    line = SerialLine(bus, args.link)
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    print(line.path, flush=True)
    threading.Thread(
        target=listen,
        args=(bus, sys.stdin, stopped),
        kwargs={"ends_with_input": args.ends_with_input},
        daemon=True,
    ).start()
    line.run(stopped.is_set)
    line.close()


if __name__ == "__main__":
    main()
