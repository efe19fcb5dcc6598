"""The options that every body has, and what they make of its config."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from dora_hil.arguments import NodeArguments, number
from dora_hil.body.body import BodyConfig
from dora_hil.body.environment_config import EnvironmentConfig
from dora_hil.body.episode import UNDO_S, Advance, EpisodeRules
from dora_hil.body.pace import SAME_RATE, PaceError, check_speed, rates_differ, timer_period_s
from dora_hil.config import MAX_SEED, words_of
from dora_hil.node.node import NodePort


def body_arguments(name: str, about: str, default_config: str) -> NodeArguments:
    """Return a node's parser of the options that a simulator and a robot share."""
    p = NodeArguments(name, about)
    p.option(
        "--config_path",
        variable="ENV_CONFIG",
        default=default_config,
        kind=Path,
        about="LeRobot-format environment JSON; words like --env.fps=20, here or in $ENV_ARGS, are "
        "put over it",
    )
    p.option(
        "--advance",
        variable="ADVANCE",
        default="confirm",
        choices=tuple(Advance),
        about="a person confirms each episode, or they follow one another",
    )
    p.option(
        "--episodes",
        variable="EPISODES",
        default=0,
        kind=number(int, 0),
        about="end after that many kept episodes, 0 for no limit; unused with a run owner",
    )
    p.option(
        "--seed",
        variable="SEED",
        default=0,
        kind=number(int, 0, MAX_SEED),
        about="of the first episode",
    )
    return p


def parse_body(parser: NodeArguments, argv: Sequence[str]) -> argparse.Namespace:
    """Parse the options of who reads a body's config; `words` in them are put over it."""
    args, words = parser.parse_node_and_rest(argv)
    args.words = [*words, *words_of("ENV_ARGS")]
    return args


def tick_period_s(
    port: NodePort,
    config: EnvironmentConfig,
    args: argparse.Namespace,
    *,
    lockstep: Sequence[str] = (),
    is_simulated: bool,
) -> float:
    """Return the period of the timer on `tick`, in seconds, if it fits `env.fps`.

    Args:
        port: the body's.
        config: the environment JSON.
        args: what `body_arguments` parsed; a simulator's have `speed` too.
        lockstep: the inputs that are waited for.
        is_simulated: the body moves its own time.

    Raises:
        PaceError: there is no timer, or one of another rate where that does harm.
    """
    period_s = timer_period_s(port.inputs.get("tick", "nothing"))
    where, fps = str(args.config_path), config.env.fps
    if is_simulated:
        people = [name for name in port.inputs_named("intervention_") if name not in lockstep]
        check_speed(where, fps, period_s, people, args.speed, lockstep=bool(lockstep))
    elif abs(fps * period_s - 1.0) > SAME_RATE:
        rates = rates_differ(where, fps, period_s)
        raise PaceError(f"{rates}; a robot's time cannot be sped up")
    return period_s


def body_config(
    config: EnvironmentConfig,
    args: argparse.Namespace,
    *,
    max_steps: int,
    tick_period_s: float,
    steps_after_success: int = 0,
) -> BodyConfig:
    """Put together how episodes run; `args` are those of `body_arguments`.

    See `EpisodeRules` and `BodyConfig` for the rest.
    """
    rules = EpisodeRules(
        advance=Advance(args.advance),
        max_steps=max_steps,
        terminate_on_success=config.reset.terminate_on_success,
        steps_after_success=steps_after_success,
        undo_s=UNDO_S,
    )
    return BodyConfig(
        rules,
        reset_time_s=config.reset.reset_time_s,
        seed=args.seed,
        tick_period_s=tick_period_s,
        watchdog_s=config.safety.watchdog_s,
    )
