r"""Check a reward classifier on episodes that it was not trained on; figures as JSON and a page.

    uv run scripts/evaluate_classifier.py --classifier outputs/train/reward_classifier
    uv run scripts/evaluate_classifier.py --classifier outputs/train/reward_classifier \
        --repo_id example/gym_hil_unseen --root outputs/record/gym_hil_unseen

Without a dataset it takes the episodes that the training held out (dataset.eval_split). The
threshold is the one that tells most of those right, unless it is given.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from dora_hil.arguments import NodeArguments, number
from dora_hil_datasets.script import LOCAL, indices, run_script

NAME = "evaluate_classifier"


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = NodeArguments(NAME, __doc__ or "")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
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
    args = parser.parse_args(argv)
    if args.root is not None and args.repo_id is None:
        parser.error("--root needs --repo_id")
    return args


def main(argv: Sequence[str] | None = None) -> None:
    """Look at every picture, and write down how good that was.

    Raises:
        UserError: the classifier or a dataset cannot be used.
    """
    args = parse(argv)
    os.environ.update(LOCAL)
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


if __name__ == "__main__":
    run_script(NAME, lambda: main(sys.argv[1:]))
