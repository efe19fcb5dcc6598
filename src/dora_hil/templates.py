"""Lay the dataflows and their configs into a folder, as a place to begin from.

    uv run dora-hil init my_workspace

Everything in it is yours to change: which nodes run, and what they are told. A file that is there
already is never written over. Then, in that folder and with the environment active:
dora run dataflow-demo.yaml
"""

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path

from dora_hil.arguments import NodeArguments
from dora_hil.command import Command
from dora_hil.config import ConfigError

_HOMES = (Path(__file__).parents[2], Path(__file__).parents[1] / "dora_hil_workspace")
"""A checkout; beside the installed package, where its wheel has them (`force-include`)."""


def templates() -> Iterator[tuple[Path, str]]:
    """Yield each file, and its path in the new folder.

    Raises:
        ConfigError: this installation has none.
    """
    home = next((home for home in _HOMES if (home / "dataflow-demo.yaml").exists()), None)
    if home is None:
        raise ConfigError("this installation of dora-hil has no dataflows")
    for pattern in ("dataflow-*.yaml", "configs/*.json"):
        for path in sorted(home.glob(pattern)):
            yield path, str(path.relative_to(home))


def add_arguments(parser: NodeArguments) -> None:
    """Declare its options."""
    parser.add_argument("folder", type=Path, nargs="?", default=Path(), help="(this one)")


def run(args: argparse.Namespace) -> None:
    """Copy what is not there, and say so.

    Raises:
        ConfigError: a file there is another one.
    """
    files = dict(templates())
    there = [name for path, name in files.items() if _is_other(args.folder / name, path)]
    if there:
        raise ConfigError(
            f"{args.folder}: has {', '.join(there)} of its own; nothing was written: move them, "
            "or name another folder"
        )
    new = {path: name for path, name in files.items() if not (args.folder / name).exists()}
    for path, name in new.items():
        target = args.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    print(f"{args.folder.resolve()}: {len(new)} new files; in it: dora run dataflow-demo.yaml")


def _is_other(target: Path, path: Path) -> bool:
    return target.exists() and target.read_bytes() != path.read_bytes()


COMMAND = Command("Workspaces", __doc__ or "", add_arguments, run)
