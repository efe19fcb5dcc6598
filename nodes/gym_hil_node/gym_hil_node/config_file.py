"""Reads the environment JSON: LeRobot's keys and ours, checked as a whole."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dora_hil.config import override, parse, read_json
from dora_hil.recognitions import Reading, refuse_recognised
from gym_hil_node.config import GymHilConfig
from gym_hil_node.config_checks import check


def load_config(path: Path, words: Sequence[str] = ()) -> GymHilConfig:
    """Read an environment JSON; ``--env.fps=20`` and the like are put over it.

    Raises:
        ConfigError: one line: the file, the key, what was wrong and what is accepted.
    """
    return parse_config(override(read_json(path), words), str(path))


def parse_config(raw: dict[str, Any], source: str = "config") -> GymHilConfig:
    """Build a config from what a JSON file would hold, and check that it makes sense.

    Raises:
        ConfigError: one line: the source, the key, what was wrong and what is accepted.
    """
    refuse_recognised(Reading.ENVIRONMENT, raw, source)
    config = parse(raw, GymHilConfig, source)
    check(config, source, raw)
    return config
