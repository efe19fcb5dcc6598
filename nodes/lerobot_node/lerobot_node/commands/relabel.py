r"""Label a recorded dataset anew with a reward classifier, into a new one; the old one stays.

    uv run dora-hil relabel --repo_id me/pick_cube --root outputs/record/pick_cube \
        --new_root outputs/record/pick_cube_relabelled --classifier outputs/train/reward_classifier

An episode ends with the frame that leads to success; what follows is left out, unless
--keep_length. What changed is printed, and written to meta/dora_hil_relabelled.json.
"""

import argparse
import json
from pathlib import Path

from dora_hil.arguments import NodeArguments, number
from dora_hil.command import Command
from dora_hil_datasets.arguments import dataset_arguments, dataset_root

REPORT = "meta/dora_hil_relabelled.json"


def add_arguments(parser: NodeArguments) -> None:
    """Declare its options."""
    dataset_arguments(parser)
    parser.add_argument("--new_root", type=Path, required=True, help="folder of the new dataset")
    parser.add_argument(
        "--classifier", type=Path, required=True, help="output folder of a training"
    )
    parser.add_argument("--threshold", type=number(float, 0.001, 0.999), default=0.5)
    parser.add_argument(
        "--consecutive_frames",
        type=number(int, 1),
        default=1,
        help="frames in a row that make a success; it begins with the first of them",
    )
    parser.add_argument("--success_reward", type=float, default=1.0)
    parser.add_argument("--keep_length", action="store_true", help="leave no frames out")


def run(args: argparse.Namespace) -> None:
    """Look at every picture, and write the new dataset.

    Raises:
        UserError: the dataset or the classifier cannot be used.
    """
    from dora_hil_datasets.dataset.local import LocalDataset
    from dora_hil_datasets.edit.aside import check_is_new

    root = dataset_root(args)
    local = LocalDataset(args.repo_id, root)
    check_is_new(args.new_root)
    from dora_hil_datasets.dataset.existing import read_existing
    from dora_hil_datasets.dataset.recorded_episode import read_episodes
    from dora_hil_datasets.edit.labels import EpisodeLabels, write_relabelled
    from lerobot_node.reward import relabel
    from lerobot_node.reward.classifier import RewardClassifier
    from lerobot_node.reward.predictions import predict

    classifier = RewardClassifier(args.classifier)
    dataset = local.open()
    episodes = read_episodes(dataset)
    seen = predict(dataset, episodes, classifier.probability)
    labels, changes = {}, []
    for episode in episodes:
        old = EpisodeLabels.recorded(episode.columns)
        pictures = relabel.shown(seen[episode.index], args.threshold, args.consecutive_frames)
        new = relabel.relabelled(
            old, pictures, reward=args.success_reward, cut=not args.keep_length
        )
        labels[episode.index] = new
        changes.append(relabel.change(episode.index, old, new))
    write_relabelled(read_existing(root), args.new_root, labels)
    told = {
        "source": str(args.root or args.repo_id),
        "classifier": str(args.classifier),
        "threshold": args.threshold,
        "consecutive_frames": args.consecutive_frames,
        **relabel.report(changes),
    }
    (args.new_root / REPORT).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print(*relabel.lines(changes), sep="\n")
    print(f"{args.new_root} ({REPORT} has every episode)")


COMMAND = Command("Datasets", __doc__ or "", add_arguments, run)
