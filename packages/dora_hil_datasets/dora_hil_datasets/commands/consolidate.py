"""Merge a dataset's many small files into few, in place; its episodes stay what they are.

    uv run dora-hil consolidate --repo_id me/pick_cube --root outputs/record/pick_cube

The recorder writes some files per episode, so that each is safe as soon as it is saved, and makes
them few when a run ends; this is for one that was cut off, is larger than 5 GB, or has pictures in
its videos that no row has. Few large ones open, decode and upload faster, and LeRobot can stream
them. No picture is encoded again. The merged dataset replaces the old one only after it has been
compared with it; recording may go on.
"""

import argparse
import time
from contextlib import closing

from dora_hil.arguments import NodeArguments
from dora_hil.command import Command
from dora_hil_datasets.arguments import dataset_arguments, dataset_root, dry_run_argument


def add_arguments(parser: NodeArguments) -> None:
    """Declare its options."""
    dataset_arguments(parser)
    dry_run_argument(parser)
    parser.add_argument(
        "--keep_backup", action="store_true", help="keep the dataset as it was before, beside it"
    )


def run(args: argparse.Namespace) -> None:
    """Merge, compare, replace, and say what that changed.

    Raises:
        UserError: it cannot be done.
    """
    # Imported late: a bad argument is to be said at once.
    from dora_hil_datasets.dataset.existing import read_existing
    from dora_hil_datasets.edit.file_counts import count_files, fewest_files
    from dora_hil_datasets.edit.session import DatasetEdit
    from dora_hil_datasets.edit.whole import can_stream, is_whole

    root = dataset_root(args)
    if args.dry_run:
        episodes = read_existing(root).episodes
        print(f"{root}: {episodes} episodes in {count_files(root)}")
        print(f"could be in {fewest_files(root)}")
        if not can_stream(root):
            print("LeRobot cannot stream it as it is, and could then")
        return
    with closing(DatasetEdit(root)) as edit:
        before = count_files(root)
        print(f"{root}: {edit.existing.episodes} episodes in {before}")
        if is_whole(root):
            print("there is nothing to merge")
            return
        # Not before it is known to be needed: LeRobot takes seconds.
        from dora_hil_datasets.edit.with_lerobot import consolidate

        start_s = time.monotonic()
        edit.write(lambda edited: consolidate(args.repo_id, root, edited))
        backup = edit.replace(edit.existing.records, keep_backup=args.keep_backup)
    print(f"now in {count_files(root)}, after {time.monotonic() - start_s:.1f} s")
    if backup is not None:
        print(f"the dataset as it was before: {backup}")


COMMAND = Command("Datasets", __doc__ or "", add_arguments, run)
