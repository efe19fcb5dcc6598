"""The options that every body has."""

from pathlib import Path

from dora_hil.arguments import NodeArguments, number
from dora_hil.episode import Advance


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
        "--seed", variable="SEED", default=0, kind=number(int, 0), about="of the first episode"
    )
    return p
