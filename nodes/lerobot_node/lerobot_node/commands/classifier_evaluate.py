r"""Check a reward classifier on episodes that it was not trained on; figures as JSON and a page.

    uv run dora-hil classifier evaluate --classifier outputs/train/reward_classifier
    uv run dora-hil classifier evaluate --classifier outputs/train/reward_classifier \
        --repo_id example/gym_hil_unseen --root outputs/record/gym_hil_unseen

Without a dataset it takes the episodes that the training held out (dataset.eval_split). The
threshold is the one that tells most of those right, unless it is given.
"""

import argparse
import json
from pathlib import Path

from dora_hil.arguments import NodeArguments, number
from dora_hil.command import Command
from dora_hil.errors import UserError
from dora_hil_datasets.arguments import indices


def add_arguments(parser: NodeArguments) -> None:
    """Declare its options."""
    parser.add_argument(
        "--classifier", type=Path, required=True, help="output folder of a training"
    )
    parser.add_argument("--repo_id", help="LeRobot's name of another dataset")
    parser.add_argument("--root", type=Path, help="its folder")
    parser.add_argument("--episodes", type=indices, help='of it, for instance "[41,42]"')
    parser.add_argument("--threshold", type=number(float, 0.001, 0.999))
    parser.add_argument(
        "--consecutive_frames",
        type=number(int, 1),
        default=1,
        help="frames in a row that make a success (default: 1)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("outputs/classifier_report"),
        help="folder for report.json and report.html (default: outputs/classifier_report)",
    )


def run(args: argparse.Namespace) -> None:
    """Look at every picture, and write down how good that was.

    Raises:
        UserError: the classifier or a dataset cannot be used.
    """
    if args.root is not None and args.repo_id is None:
        raise UserError("--root needs --repo_id")
    from lerobot_node.reward.evaluation import Evaluation

    evaluation = Evaluation(args.classifier, args.consecutive_frames)
    if args.repo_id is None:
        checked = evaluation.check_held_out(args.threshold)
    else:
        checked = evaluation.check(args.repo_id, args.root, args.episodes, args.threshold)
    args.output.mkdir(parents=True, exist_ok=True)
    report = args.output / "report.json"
    report.write_text(json.dumps(checked.told, indent=2) + "\n", encoding="utf-8")
    page = args.output / "report.html"
    page.write_text(checked.html, encoding="utf-8")
    print(*checked.lines, sep="\n")
    print(f"{report}, {page}")


COMMAND = Command("Reward classifiers", __doc__ or "", add_arguments, run)
