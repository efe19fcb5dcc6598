r"""Show recorded episodes in the Rerun viewer: cameras, numbers, who drove, how it ended.

    uv run dora-hil view --repo_id me/pick_cube --root outputs/record/pick_cube \
        --episode_index 3

Without a display, `--save episode.rrd` writes a file for `uv run rerun episode.rrd`, and `--serve`
shows it to a browser; over SSH, log in with `ssh -L 9090:localhost:9090 -L 9876:localhost:9876`.
Any LeRobot v3 dataset will do. LeRobot's own tool works on it too:

    uv run lerobot-dataset-viz --repo-id me/pick_cube --root outputs/record/pick_cube \
        --episode-index 3 --save 1 --output-dir outputs --num-workers 0
"""

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from dora_hil.arguments import NodeArguments, number
from dora_hil.command import Command
from dora_hil_datasets.arguments import dataset_arguments, dataset_root, indices

if TYPE_CHECKING:
    from dora_hil_datasets.view.sinks import Sink


def add_arguments(parser: NodeArguments) -> None:
    """Declare its options."""
    dataset_arguments(parser)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--episode_index", type=number(int, 0), help="one episode")
    which.add_argument("--episode_indices", type=indices, help='several, each a recording: "[0,3]"')
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--save", type=Path, help="write an .rrd file, or a folder of them, instead of showing it"
    )
    where.add_argument(
        "--serve",
        action="store_true",
        help="serve it to browsers on this machine until Ctrl-C, on ports 9090 and 9876",
    )


def sink_for(args: argparse.Namespace, episodes: int) -> "Sink":
    """Return where the recordings go.

    Raises:
        SinkError: they cannot go there.
        ViewError: the viewer does not start.
    """
    from dora_hil_datasets.view.sinks import Browser, Files, Window

    if args.save:
        return Files(args.save, episodes)
    return Browser() if args.serve else Window()


def run(args: argparse.Namespace) -> None:
    """Show the episodes.

    Raises:
        UserError: the dataset cannot be read, there is no such episode, or nowhere to show it.
    """
    # Imported late, LeRobot last: it takes seconds, and what is wrong is to be said at once.
    from dora_hil_datasets.dataset.local import LocalDataset

    wanted = args.episode_indices or [args.episode_index]
    local = LocalDataset(args.repo_id, dataset_root(args))
    local.existing.check_episodes(wanted)
    with closing(sink_for(args, len(wanted))) as sink:
        from dora_hil_datasets.view.episode_view import show_episodes

        show_episodes(local.open(wanted), local.records, sink)


COMMAND = Command("Datasets", __doc__ or "", add_arguments, run)
