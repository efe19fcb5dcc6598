r"""An SO-101 that is not there, on a pseudo-terminal: for trying things before the arm arrives.

    virtual-so101 --link outputs/so101
    lerobot-calibrate --robot.type=so101_follower --robot.port=outputs/so101 --robot.id=virtual

It prints the serial port and its cameras', and takes commands from its standard input, one a line:

    corrupt 0.05          that share of its answers has a wrong bit
    lose 0.05             that share of its answers gets lost
    turn elbow_flex 2500  a hand turns that joint's shaft there, 4096 ticks a turn, and keeps it
    lead 0.2 0 0.05 1     a hand carries it by its tool: x, y, z in metres, jaws 1 open, 0 closed
    push elbow_flex 200   a hand pushes it that far from its goal while its torque is on
    let_go elbow_flex     the hand lets go
    jam elbow_flex        something blocks that joint, until: free elbow_flex
    place 7               the block is put where seed 7 has it
    look                  prints as JSON where the block is, and how it is held
    freeze on             its cameras send nothing, until: freeze off
    unplug 3              the cable is pulled for that many seconds; the servos forget nothing
    unplug                the cable is pulled for good; it ends
"""

import argparse
import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import FrameType

import numpy as np
import zmq

from dora_hil.arguments import NodeArguments, number
from virtual_so101_node.arm import SimulatedArm
from virtual_so101_node.bus import LineFaults, ServoBus
from virtual_so101_node.camera import CameraServer, Eyes
from virtual_so101_node.line import STEP_S, SerialLine
from virtual_so101_node.scene import JOINTS

_share = number(float, 0.0, 1.0)


class CommandError(ValueError):
    """A line that means nothing; says what is accepted."""


class Cable:
    """Whether the arm is plugged in; pulled by one thread, watched by another."""

    def __init__(self) -> None:
        """Plug it in."""
        self._pulled = threading.Event()
        self._ended = threading.Event()
        self._for_s = 0.0

    def pull(self, for_s: float = math.inf) -> None:
        """Pull it for so long."""
        self._for_s = for_s
        if math.isinf(for_s):
            self._ended.set()
        self._pulled.set()

    def is_pulled(self) -> bool:
        """Say whether it is."""
        return self._pulled.is_set()

    def is_back(self, advance: Callable[[float], None]) -> bool:
        """Let time pass for as long as it is pulled; returns whether it is plugged in again then.

        Args:
            advance: lets so many seconds pass for the arm, which keeps its power.
        """
        self._pulled.clear()
        then_s = time.monotonic()
        ends_s = then_s + self._for_s
        while not self._ended.is_set() and then_s < ends_s:
            time.sleep(min(STEP_S, ends_s - then_s))
            now_s = time.monotonic()
            advance(now_s - then_s)
            then_s = now_s
        return not self._ended.is_set()


def obey(arm: SimulatedArm, bus: ServoBus, camera: CameraServer | None, line: str) -> float:
    """Do what one line says; returns for how many seconds the cable is pulled.

    Raises:
        CommandError: it says nothing that is known.
    """
    try:
        match line.split():
            case []:
                pass
            case ["unplug"]:
                return math.inf
            case ["unplug", seconds]:
                return number(float, 0.0)(seconds)
            case ["corrupt", share]:
                bus.faults.corrupted = _share(share)
            case ["lose", share]:
                bus.faults.lost = _share(share)
            case ["turn", joint, ticks] if joint in JOINTS:
                arm.turn(joint, number(float, 0.0, 4095.0)(ticks))
            case ["lead", *numbers, opening] if len(numbers) == 3:
                anywhere = number(float, -1.0, 1.0)
                arm.lead(np.array([anywhere(m) for m in numbers]), _share(opening))
            case ["push", joint, ticks] if joint in JOINTS:
                arm.push(joint, number(float, -4095.0, 4095.0)(ticks))
            case ["let_go", joint] if joint in JOINTS:
                arm.let_go(joint)
            case ["jam" | "free" as word, joint] if joint in JOINTS:
                arm.physics.jam(JOINTS.index(joint), is_jammed=word == "jam")
            case ["place", seed]:
                arm.physics.place(number(int, 0)(seed))
            case ["look"]:
                print(arm.physics.world.to_json(), flush=True)
            case ["freeze", "on" | "off" as word] if camera is not None:
                camera.is_frozen = word == "on"
            case _:
                raise CommandError(
                    f"{line.strip()!r}: accepted: corrupt SHARE, lose SHARE, turn JOINT TICKS, "
                    "lead X Y Z OPENING, push JOINT TICKS, let_go JOINT, jam JOINT, free JOINT "
                    f"({', '.join(JOINTS)}), place SEED, look, freeze on, freeze off, "
                    "unplug [SECONDS]"
                )
    except argparse.ArgumentTypeError as error:
        raise CommandError(f"{line.strip()!r}: {error}") from None
    return 0.0


def listen(
    arm: SimulatedArm,
    bus: ServoBus,
    camera: CameraServer | None,
    lines: Iterable[str],
    cable: Cable,
    *,
    ends_with_input: bool = False,
) -> None:
    """Obey lines; the cable is pulled when one says so or, if asked for, when there are no more."""
    try:
        for line in lines:
            try:
                pulled_s = obey(arm, bus, camera, line)
                if pulled_s:
                    cable.pull(pulled_s)
            except CommandError as error:
                print(f"virtual-so101: {error}", file=sys.stderr, flush=True)
    finally:
        # However that ends: nobody could end it otherwise.
        if ends_with_input:
            cable.pull()


def main(argv: Sequence[str] | None = None) -> None:
    """Run until it is stopped or unplugged."""
    parser = NodeArguments("virtual-so101", __doc__ or "")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--link", type=Path, help="a place that always leads to its port")
    parser.add_argument("--camera-port", type=int, help="send pictures there; 0: a free one")
    parser.add_argument(
        "--trace", type=argparse.FileType("w"), help="write every exchange to this file"
    )
    parser.add_argument("--corrupted", type=_share, default=0.0, help="share of wrong answers")
    parser.add_argument("--lost", type=_share, default=0.0, help="share of lost answers")
    parser.add_argument("--seed", type=int, default=0, help="of what goes wrong")
    parser.add_argument(
        "--weightless", action="store_true", help="a hand carries the arm, as it does a leader"
    )
    parser.add_argument(
        "--ends-with-input",
        action="store_true",
        help="end when the standard input is closed, as a child's is when its parent is killed",
    )
    args = parser.parse_args(argv)
    arm = SimulatedArm(is_weightless=args.weightless)
    bus = ServoBus(arm.servos, LineFaults(args.corrupted, args.lost, args.seed))
    if args.link is not None:
        args.link.parent.mkdir(parents=True, exist_ok=True)
    cable = Cable()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        cable.pull()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    camera = None
    if args.camera_port is not None:
        try:
            camera = CameraServer(Eyes(arm.physics).look, args.camera_port)
        except zmq.ZMQError as error:
            parser.error(f"--camera-port {args.camera_port}: {error}")
        camera.start()
    threading.Thread(
        target=listen,
        args=(arm, bus, camera, sys.stdin, cable),
        kwargs={"ends_with_input": args.ends_with_input},
        daemon=True,
    ).start()
    while True:
        line = SerialLine(bus, arm.advance, args.link, args.trace)
        print(line.path, camera.port if camera else "", flush=True)
        line.run(cable.is_pulled)
        line.close()
        if not cable.is_back(arm.advance):
            break
    if camera is not None:
        camera.stop()


if __name__ == "__main__":
    main()
