r"""Delete episodes of a dataset, in place; what it was before is kept beside it.

    uv run dora-hil delete --repo_id me/pick_cube --root outputs/record/pick_cube \
        --episode_indices "[41,42]"

The other episodes stay what they are and are numbered anew from 0. They keep their seeds:
RESUME_RECORDING=1 records the missing ones again, from the places they had begun at.
"""

import argparse
import sys
from contextlib import closing

from dora_hil.arguments import NodeArguments
from dora_hil.command import Command
from dora_hil.errors import UserError
from dora_hil_datasets.arguments import dataset_arguments, dataset_root, dry_run_argument, indices


def add_arguments(parser: NodeArguments) -> None:
    """Declare its options."""
    dataset_arguments(parser)
    dry_run_argument(parser)
    parser.add_argument(
        "--episode_indices", required=True, type=indices, help='for instance "[41,42]"'
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace) -> None:
    """Say what will be deleted, ask, and do it.

    Raises:
        UserError: it cannot be done, or was not agreed to.
    """
    # Imported late: a bad argument is to be said at once, and what will happen before LeRobot,
    # which takes seconds, is loaded.
    from dora_hil_datasets.dataset.existing import read_existing
    from dora_hil_datasets.edit.deletion import Deletion
    from dora_hil_datasets.edit.session import DatasetEdit

    root = dataset_root(args)
    if args.dry_run:
        print(*Deletion(read_existing(root), args.episode_indices).lines(), sep="\n")
        return
    with closing(DatasetEdit(root)) as edit:
        deletion = Deletion(edit.existing, args.episode_indices)
        print(*deletion.lines(), sep="\n")
        if not args.yes:
            confirm()
        from dora_hil_datasets.edit.with_lerobot import delete_episodes

        edit.write(lambda edited: delete_episodes(args.repo_id, root, edited, deletion))
        backup = edit.replace(deletion.records, keep_backup=True)
    print(f"deleted; the dataset as it was before: {backup}")
    if deletion.records:
        print("to record the missing ones again, from their seeds: RESUME_RECORDING=1")


def confirm() -> None:
    """Ask on the terminal.

    Raises:
        UserError: the answer is no, or there is nobody to ask.
    """
    if not sys.stdin.isatty():
        raise UserError("there is no terminal to ask on; --yes deletes without asking")
    try:
        answer = input("Delete? [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise UserError("nothing was deleted")


COMMAND = Command("Datasets", __doc__ or "", add_arguments, run)
