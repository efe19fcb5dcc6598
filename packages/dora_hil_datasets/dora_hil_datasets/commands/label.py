r"""Say by hand from which picture on an episode shows success; writes a new dataset.

    uv run dora-hil label --repo_id me/pick_cube --root outputs/record/pick_cube \
        --new_root outputs/record/pick_cube_labelled

It serves a page for this machine: look through an episode, press `s` at the first picture that
shows success, `n` where there is none, `w` to write. Without a browser: --set "0=17,3=none". What
is not set keeps its labels. The old dataset stays.
"""

import argparse
import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dora_hil.arguments import NodeArguments
from dora_hil.command import Command
from dora_hil_datasets.arguments import dataset_arguments, dataset_root, page_arguments

if TYPE_CHECKING:
    from dora_hil_datasets.label.onsets import Onset


def add_arguments(parser: NodeArguments) -> None:
    """Declare its options."""
    dataset_arguments(parser)
    parser.add_argument("--new_root", type=Path, required=True, help="folder of the new dataset")
    parser.add_argument("--set", help='without a page: "0=17,3=none"')
    page_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Take onsets, from the command line or from the page, and write the new dataset.

    Raises:
        UserError: the dataset cannot be used, or an onset is not one of its pictures.
    """
    from dora_hil_datasets.dataset.local import LocalDataset
    from dora_hil_datasets.dataset.recorded_episode import read_episodes
    from dora_hil_datasets.edit.aside import check_is_new
    from dora_hil_datasets.edit.labels import EpisodeLabels, write_relabelled
    from dora_hil_datasets.label import onsets

    local = LocalDataset(args.repo_id, dataset_root(args))
    check_is_new(args.new_root)
    dataset = local.open()
    episodes = read_episodes(dataset)
    old = {episode.index: EpisodeLabels.recorded(episode.columns) for episode in episodes}
    before = {index: onsets.recorded_onset(labels) for index, labels in old.items()}
    if args.set is not None:
        said: Mapping[int, Onset] = onsets.parse_onsets(args.set)
        for index, onset in said.items():
            onsets.check_onset(index, onset, dict(enumerate(local.lengths)))
    else:
        from dora_hil_datasets.label.server import LabelServer

        server = LabelServer(dataset, episodes, before, args.repo_id)
        asyncio.run(server.page.show(args.port, is_opened=not args.no_open))
        said = server.onsets
    changed = {index: onset for index, onset in said.items() if onset != before[index]}
    labels = {
        index: onsets.with_onset(labels, changed[index]) if index in changed else labels
        for index, labels in old.items()
    }
    write_relabelled(local.existing, args.new_root, labels)
    for index, onset in sorted(changed.items()):
        was, now = ("none" if o is None else o for o in (before[index], onset))
        print(f"episode {index}: success from {was} is now from {now}")
    print(f"{args.new_root}: {len(changed)} of {len(old)} episodes labelled anew")


COMMAND = Command("Datasets", __doc__ or "", add_arguments, run)
