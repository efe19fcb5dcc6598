"""Run the scripted operator as a dora node."""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from dora_hil.arguments import NodeArguments, number
from dora_hil.node.node import EventKind, NodePort, attach, run_main
from dora_hil.node.run_events import RunEvents
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.timestep import TimeStep
from dora_hil.stream.world import World
from operator_node.buttons import NextButton, SuccessButton
from operator_node.engagement import Always, ByChance, Engagement, Mode, WithoutProgress
from operator_node.failing import Failing
from operator_node.scripted_operator import STEP_M, ScriptedOperator

NAME = "operator-node"

NUMBERS: Final[tuple[tuple[str, float, Callable[[str], float], str], ...]] = (
    ("--probability", 0.5, number(float, 0, 1), "mode probability: of an intervention"),
    ("--latest-start", 20, number(int, 1), "mode probability: last step to begin at"),
    ("--patience", 20, number(int, 1), "mode no_progress: steps without progress"),
    ("--steps", 0, number(int, 0), "longest intervention in steps, 0 for no limit"),
    ("--noise", 0.0, number(float, 0), "standard deviation added to each delta, in steps"),
    ("--failures", 0.0, number(float, 0, 1), "share of the episodes to fail in on purpose"),
    ("--seed", 0, number(int, 0), "of everything random"),
    ("--step-m", STEP_M, number(float, 1e-6), "metres that a delta of 1 means to the body"),
)
"""Options, each with its default, its reader and its help; the variable of `--step-m` is
`OPERATOR_STEP_M`, and so on."""


def run(
    port: NodePort, operator: ScriptedOperator, now_s: Callable[[], float] = time.monotonic
) -> int:
    """Answer every step until the run is over; return the exit code.

    Steps are answered one by one, in order: an answer costs less than a millisecond, so a
    backlog is gone at once, and the body ignores answers to what is past. Where no `status`
    is wired, the run is over when the body says so or has gone. Where a `world` is wired, nothing
    is answered before it has said how things stand.
    """
    events = RunEvents(port, now_s)
    has_owner = "status" in port.inputs
    sees = "world" not in port.inputs
    for event in events:
        if event.id == "world" and event.kind is EventKind.INPUT:
            operator.see(World.from_arrow(event.value, event.metadata or {}))
            sees = True
        if event.id != "episode":
            continue
        if event.kind is EventKind.CLOSED:
            if not has_owner:
                return 0
            continue
        message = TimeStep.from_arrow(event.value, event.metadata or {})
        if message.run_over and not has_owner:
            return 0
        if not sees:
            continue
        answer = operator.answer(message)
        if answer is not None:
            port.send("action", answer)
        for control in operator.press(message):
            port.send("control", control)
    return events.exit_code


def build(arguments: Sequence[str]) -> ScriptedOperator:
    """Put the operator together from the command line; the environment has the defaults."""
    args = parser().parse_node(arguments)
    engagement: Engagement | None = None
    match args.mode:
        case Mode.ALWAYS:
            engagement = Always()
        case Mode.PROBABILITY:
            engagement = ByChance(args.seed, args.probability, args.steps, args.latest_start)
        case Mode.NO_PROGRESS:
            engagement = WithoutProgress(args.patience, args.steps)
    delay_s = args.success_delay_s
    return ScriptedOperator(
        engagement,
        seed=args.seed,
        noise=args.noise,
        step_m=args.step_m,
        space=ActionSpace(args.space),
        next_button=NextButton() if args.presses == "next" else None,
        success_button=SuccessButton(args.seed, *delay_s) if delay_s else None,
        failing=Failing(args.seed, args.failures) if args.failures else None,
    )


def parser() -> NodeArguments:
    """Return the node's options."""
    p = NodeArguments(NAME, "A scripted expert that stands in for the person.")
    p.option(
        "--mode",
        variable="OPERATOR_MODE",
        default=str(Mode.ALWAYS),
        choices=tuple(Mode),
        about="when to drive",
    )
    for name, default, kind, about in NUMBERS:
        variable = f"OPERATOR_{name.removeprefix('--').replace('-', '_').upper()}"
        p.option(name, variable=variable, default=default, kind=kind, about=about)
    p.option(
        "--space",
        variable="OPERATOR_SPACE",
        default=str(ActionSpace.EE_DELTA),
        choices=(str(ActionSpace.EE_DELTA), str(ActionSpace.EE_ABSOLUTE)),
        about="of its actions; ee_absolute leads a virtual leader by its tool",
    )
    p.option(
        "--presses",
        variable="OPERATOR_PRESSES",
        default="none",
        choices=("next", "none"),
        about="keys to get on with",
    )
    p.option(
        "--success-delay-s",
        variable="OPERATOR_SUCCESS_DELAY_S",
        default=None,
        kind=_range_s,
        about="press success this late after the task is solved: 'MIN MAX' or one number",
    )
    return p


def _range_s(text: str) -> tuple[float, float]:
    parse = number(float, 0)
    numbers = [parse(word) for word in text.split()]
    if not 1 <= len(numbers) <= 2 or numbers[0] > numbers[-1]:
        raise argparse.ArgumentTypeError(f"{text!r} is not 'MIN MAX' in seconds")
    return numbers[0], numbers[-1]


def main() -> None:
    """Run as a node of a dataflow."""
    run_main(NAME, lambda: start(sys.argv[1:]))


def start(arguments: Sequence[str]) -> int:
    """Run the node with these arguments; returns its exit code."""
    operator = build(arguments)
    return run(attach(), operator)


if __name__ == "__main__":
    main()
