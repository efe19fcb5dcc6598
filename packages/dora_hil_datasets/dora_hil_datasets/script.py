"""What every script about a dataset asks for, and how it ends."""

import argparse
import logging
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from dora_hil import logs
from dora_hil.arguments import NodeArguments
from dora_hil.errors import UserError

LOCAL = {"HF_HUB_OFFLINE": "1", **logs.NO_BARS}
"""Environment in which LeRobot works on local files; to be set before it is imported."""

_NUMBERS: Final = r"-?[0-9]+(?:\s*,\s*-?[0-9]+)*"
"""Whole numbers with commas between them, as a regular expression."""


def dataset_arguments(name: str, about: str) -> NodeArguments:
    """Return a parser of ``--repo_id`` and ``--root``; `about` is shown as it is laid out."""
    parser = NodeArguments(name, about)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--repo_id", required=True, help="LeRobot's name of the dataset")
    parser.add_argument(
        "--root", type=Path, help="its folder (default: where LeRobot keeps local datasets)"
    )
    return parser


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


def run_script(name: str, main: Callable[[], None]) -> None:
    """Run a script's `main`; what goes wrong is one line and exit code 1."""
    # What goes to the Hub or comes from there shows how far it is.
    logs.set_up(name, logging.WARNING, bars=True)
    try:
        main()
    except UserError as error:
        sys.exit(f"{name}: {error}")
    except OSError as error:
        sys.exit(f"{name}: {error.filename or 'the disk'}: {error.strerror or error}")
    except KeyboardInterrupt:
        sys.exit(f"\n{name}: interrupted; nothing is lost")
