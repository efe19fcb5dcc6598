"""What several commands ask for alike."""

import argparse
import re
from pathlib import Path
from typing import Final

from dora_hil.arguments import NodeArguments, names, number, path_ending

_NUMBERS: Final = r"-?[0-9]+(?:\s*,\s*-?[0-9]+)*"
"""Whole numbers with commas between them, as a regular expression."""


def dataset_arguments(parser: NodeArguments) -> None:
    """Add ``--repo_id`` and ``--root``."""
    parser.add_argument("--repo_id", required=True, help="LeRobot's name of the dataset")
    parser.add_argument(
        "--root", type=Path, help="its folder (default: where LeRobot keeps local datasets)"
    )


def dry_run_argument(parser: NodeArguments) -> None:
    """Add ``--dry_run``."""
    parser.add_argument("--dry_run", action="store_true", help="say what would be done; do nothing")


def upload_arguments(parser: NodeArguments) -> None:
    """Add ``--private`` and ``--tags``."""
    parser.add_argument("--private", action="store_true", help="only you can see it")
    parser.add_argument("--tags", type=names, default=(), help="for the card: franka,pick")


def page_arguments(parser: NodeArguments) -> None:
    """Add ``--port`` and ``--no_open``, of a page for this machine."""
    parser.add_argument("--port", type=number(int, 0, 65535), default=0, help="0: a free one")
    parser.add_argument("--no_open", action="store_true", help="do not open a browser")


picture_path: Final = path_ending(".png", ".svg", ".pdf")
"""Reads the path of a picture to write."""


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
