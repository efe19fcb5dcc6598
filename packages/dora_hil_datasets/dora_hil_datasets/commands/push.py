"""Upload a dataset as it is to the Hugging Face Hub, with a card and LeRobot's version tag.

    uv run dora-hil push --repo_id me/pick_cube --root outputs/record/pick_cube

Log in first: uv run hf auth login. A dataset that is on the Hub already becomes what it is
here: files that an edit has removed here are removed there.
"""

import argparse
from contextlib import closing

from dora_hil.arguments import NodeArguments
from dora_hil.command import Command
from dora_hil.errors import UserError
from dora_hil_datasets.arguments import (
    dataset_arguments,
    dataset_root,
    dry_run_argument,
    upload_arguments,
)


def add_arguments(parser: NodeArguments) -> None:
    """Declare its options."""
    dataset_arguments(parser)
    dry_run_argument(parser)
    upload_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Upload, or list what would be.

    Raises:
        UserError: there is no dataset, or it could not be uploaded.
    """
    # Imported late: a bad argument is to be said at once.
    from dora_hil_datasets.dataset.config import DatasetConfig
    from dora_hil_datasets.dataset.existing import read_existing
    from dora_hil_datasets.edit.session import open_dataset

    root = dataset_root(args)
    try:
        config = DatasetConfig(
            repo_id=args.repo_id, root=root, private=args.private or None, tags=args.tags
        )
    except ValueError as error:
        raise UserError(str(error)) from None
    if args.dry_run:
        read_existing(root)
        from dora_hil_datasets.dataset.hub import card, dataset_files

        files = dataset_files(root)
        for name, size in files.items():
            print(f"{size / 1e6:10.3f} MB  {name}")
        print(f"{sum(files.values()) / 1e6:10.3f} MB  in {len(files)} files\n\n{card(config)}")
        return
    with closing(open_dataset(root)) as folder:
        from dora_hil_datasets.dataset.hub import push

        push(config)
    assert folder.existing is not None
    print(f"uploaded {folder.existing.episodes} episodes as {args.repo_id}")


COMMAND = Command("Datasets", __doc__ or "", add_arguments, run, is_local=False)
