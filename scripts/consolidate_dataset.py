"""Merge a dataset's many small files into few, in place; its episodes stay what they are.

    uv run scripts/consolidate_dataset.py --repo_id me/pick_cube --root outputs/record/pick_cube

The recorder writes some files per episode, so that each is safe as soon as it is saved, and makes
them few when a run ends; this is for one that was cut off, is larger than 5 GB, or has pictures in
its videos that no row has. Few large ones open, decode and upload faster, and LeRobot can stream
them. No picture is encoded again. The merged dataset replaces the old one only after it has been
compared with it; recording may go on.
"""

import argparse
import os
import time
from collections.abc import Sequence
from contextlib import closing

from dora_hil_datasets.script import LOCAL, dataset_arguments, dataset_root, run_script

NAME = "consolidate_dataset"


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = dataset_arguments(NAME, __doc__ or "")
    parser.add_argument("--dry_run", action="store_true", help="say what would be done; do nothing")
    parser.add_argument(
        "--keep_backup", action="store_true", help="keep the dataset as it was before, beside it"
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Merge, compare, replace, and say what that changed.

    Raises:
        UserError: it cannot be done.
    """
    args = parse(argv)
    os.environ.update(LOCAL)
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


if __name__ == "__main__":
    run_script(NAME, main)
