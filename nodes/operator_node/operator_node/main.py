"""Run the scripted operator as a dora node."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from enum import StrEnum

from dora_hil.messages import RunState, Status, TimeStep
from dora_hil.node import EventKind, NodePort, StatusWatch, attach, run_main
from operator_node.buttons import NextButton, SuccessButton
from operator_node.engagement import Always, ByChance, Engagement, Mode, WithoutProgress
from operator_node.scripted_operator import STEP_M, ScriptedOperator


class Presses(StrEnum):
    """Which keys the operator presses to get from one episode to the next."""

    NEXT = "next"
    NONE = "none"


def run(
    port: NodePort,
    operator: ScriptedOperator,
    now_s: Callable[[], float] = time.monotonic,
) -> int:
    """Answer every step until the run is over; return the exit code.

    Steps are answered one by one, in order: an answer costs less than a millisecond, so a
    backlog is gone at once, and the body ignores answers to what is past.
    """
    watch = StatusWatch()
    for event in port.events():
        match event.kind:
            case EventKind.STOP:
                return 0
            case EventKind.CLOSED if event.id == "status":
                watch.closed(now_s())
            case EventKind.CLOSED if event.id == "episode" and "status" not in port.inputs:
                return 0
            case EventKind.INPUT if event.id == "status":
                status = Status.from_arrow(event.value, event.metadata or {})
                watch.over = watch.over or status.state is RunState.OVER
            case EventKind.INPUT if event.id == "episode":
                message = TimeStep.from_arrow(event.value, event.metadata or {})
                if message.run_over and "status" not in port.inputs:
                    return 0
                answer = operator.answer(message)
                if answer is not None:
                    port.send("action", answer)
                for control in operator.press(message):
                    port.send("control", control)
        code = watch.exit_code(now_s())
        if code is not None:
            return code
    return watch.exit_code(float("inf")) or 0


def build(arguments: Sequence[str]) -> ScriptedOperator:
    """Put the operator together from the command line; the environment has the defaults."""
    args = _parser().parse_args(arguments)
    engagement: Engagement | None = None
    match args.mode:
        case Mode.ALWAYS:
            engagement = Always()
        case Mode.PROBABILITY:
            engagement = ByChance(args.seed, args.probability, args.steps, args.latest_start)
        case Mode.NO_PROGRESS:
            engagement = WithoutProgress(args.patience, args.steps)
    return ScriptedOperator(
        engagement,
        seed=args.seed,
        noise=args.noise,
        step_m=args.step_m,
        next_button=NextButton() if args.presses is Presses.NEXT else None,
        success_button=SuccessButton(args.seed, *args.success_delay_s)
        if args.success_delay_s
        else None,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="operator-node", description="A scripted expert that stands in for the person."
    )

    def option(name: str, kind: Callable[[str], object], default: str, text: str) -> None:
        variable = "OPERATOR_" + name.upper().replace("-", "_")
        parser.add_argument(
            f"--{name}",
            type=kind,
            default=os.environ.get(variable) or default,
            help=f"{text} (default {default or 'none'}; environment: {variable})",
        )

    option("mode", _choice(Mode), "always", "when to drive: " + ", ".join(Mode))
    option("probability", _number(float, 0, 1), "0.5", "mode probability: of an intervention")
    option("latest-start", _number(int, 1), "20", "mode probability: last step to begin at")
    option("patience", _number(int, 1), "20", "mode no_progress: steps without progress")
    option("steps", _number(int, 0), "0", "longest intervention in steps, 0 for no limit")
    option("noise", _number(float, 0), "0", "standard deviation added to each delta, in steps")
    option("seed", _number(int, 0), "0", "of everything random")
    option("step-m", _number(float, 1e-6), str(STEP_M), "metres that a delta of 1 means")
    option("presses", _choice(Presses), "none", "keys to get on with: next, none")
    option(
        "success-delay-s",
        _range_s,
        "",
        "press success this late after the task is solved: 'MIN MAX' or one number",
    )
    return parser


def _choice[E: StrEnum](enum: type[E]) -> Callable[[str], E]:
    def parse(text: str) -> E:
        try:
            return enum(text)
        except ValueError:
            accepted = ", ".join(enum)
            raise argparse.ArgumentTypeError(f"{text!r} is none of: {accepted}") from None

    return parse


def _number[N: (int, float)](
    kind: type[N], low: float, high: float = sys.float_info.max
) -> Callable[[str], N]:
    def parse(text: str) -> N:
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not {kind.__name__}") from None
        if not low <= value <= high:
            limits = f"from {low} to {high}" if high < sys.float_info.max else f"{low} or more"
            raise argparse.ArgumentTypeError(f"{text} is not {limits}")
        return value

    return parse


def _range_s(text: str) -> tuple[float, float] | None:
    if not text:
        return None
    parse = _number(float, 0)
    numbers = [parse(word) for word in text.split()]
    if len(numbers) > 2 or numbers[0] > numbers[-1]:
        raise argparse.ArgumentTypeError(f"{text!r} is not 'MIN MAX' in seconds")
    return numbers[0], numbers[-1]


def main() -> None:
    """Run the node."""
    run_main("operator-node", lambda: _start(sys.argv[1:]))


def _start(arguments: Sequence[str]) -> int:
    operator = build(arguments)
    return run(attach(), operator)


if __name__ == "__main__":
    main()
