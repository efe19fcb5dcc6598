"""The options that every body has, and what they make of its config."""

import argparse
from pathlib import Path

from dora_hil.arguments import NodeArguments, number
from dora_hil.body import BodyConfig
from dora_hil.config import MAX_SEED
from dora_hil.environment_config import EnvironmentConfig
from dora_hil.episode import Advance, EpisodeRules


def body_arguments(name: str, about: str, default_config: str) -> NodeArguments:
    """Return a parser of the options that a simulator and a robot share.

    Args:
        name: the node's name.
        about: one line of help.
        default_config: the environment JSON to use where none is named.
    """
    p = NodeArguments(name, about)
    p.option(
        "--config_path",
        variable="ENV_CONFIG",
        default=default_config,
        kind=Path,
        about="LeRobot-format environment JSON",
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


def body_config(
    config: EnvironmentConfig,
    args: argparse.Namespace,
    *,
    max_steps: int,
    tick_period_s: float,
    steps_after_success: int = 0,
) -> BodyConfig:
    """Put together how episodes run.

    Args:
        config: the environment JSON.
        args: what `body_arguments` parsed.
        max_steps: steps after which an episode is truncated; 0 for no limit.
        tick_period_s: of the timer on `tick`.
        steps_after_success: see `EpisodeRules`.
    """
    rules = EpisodeRules(
        advance=Advance(args.advance),
        max_steps=max_steps,
        terminate_on_success=config.reset.terminate_on_success,
        steps_after_success=steps_after_success,
    )
    return BodyConfig(
        rules,
        reset_time_s=config.reset.reset_time_s,
        seed=args.seed,
        tick_period_s=tick_period_s,
        watchdog_s=config.safety.watchdog_s,
    )
