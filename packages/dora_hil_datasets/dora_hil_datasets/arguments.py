"""What every command about a dataset asks for."""

import argparse
import re
from pathlib import Path
from typing import Final

from dora_hil.arguments import NodeArguments

_NUMBERS: Final = r"-?[0-9]+(?:\s*,\s*-?[0-9]+)*"
"""Whole numbers with commas between them, as a regular expression."""


def dataset_arguments(parser: NodeArguments) -> None:
    """Add ``--repo_id`` and ``--root``."""
    parser.add_argument("--repo_id", required=True, help="LeRobot's name of the dataset")
    parser.add_argument(
        "--root", type=Path, help="its folder (default: where LeRobot keeps local datasets)"
    )


def dataset_root(args: argparse.Namespace) -> Path:
    """Return the dataset's folder, without symbolic links."""
    return root_of(str(args.repo_id), args.root)


def root_of(repo_id: str, root: Path | None) -> Path:
    """Return a dataset's folder, without symbolic links; by default where LeRobot keeps it."""
    if root is None:
        from lerobot.utils.constants import HF_LEROBOT_HOME

        return Path(HF_LEROBOT_HOME, repo_id).resolve()
    return root.resolve()


def indices(text: str) -> list[int]:
    """Read a list of episode indices, with both brackets or with none.

    A list of which a bracket is missing was cut off, and means something else than what is left.
    """
    if re.fullmatch(rf"\s*(?:\[\s*{_NUMBERS}\s*\]|{_NUMBERS})\s*", text) is None:
        message = f"{text!r} is not a list of episode indices such as [41,42]"
        raise argparse.ArgumentTypeError(message)
    return [int(number) for number in re.findall(r"-?[0-9]+", text)]
