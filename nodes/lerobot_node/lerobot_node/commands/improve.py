"""Train a policy on from what a person corrected, with LeRobot's own training; a round of it.

    uv run dora-hil improve --policy_path outputs/train/act \
        --corrections outputs/eval/corrections_1 --output_dir outputs/improve/round_1

Record the corrections first: evaluate with EVAL_ARGS="--policy.path=outputs/train/act
--dataset.root=outputs/eval/corrections_1 --dataset.repo_id=me/corrections_1", and take over where
the policy fails. What the policy was trained on and the corrections become one dataset,
OUTPUT/dataset; the new policy is OUTPUT/train, the --policy_path of the next round. The same
command goes on after a kill. Further words are lerobot-train's own (--steps=3000).
"""

import argparse
import subprocess
from pathlib import Path

from dora_hil.arguments import NodeArguments, number
from dora_hil.command import Command
from dora_hil.errors import UserError
from dora_hil.program import find_program
from lerobot_node.improve.learn import Learn


def add_arguments(parser: NodeArguments) -> None:
    """Declare its options."""
    parser.add_argument(
        "--policy_path", type=Path, required=True, help="the policy's training's output folder"
    )
    parser.add_argument(
        "--corrections",
        type=Path,
        required=True,
        action="append",
        help="folder of an evaluation's dataset; may be given several times",
    )
    parser.add_argument("--output_dir", type=Path, required=True, help="of this round")
    parser.add_argument(
        "--learn",
        type=Learn,
        choices=list(Learn),
        default=Learn.CORRECTIONS,
        help="what a person drove; besides what the policy did well; whole attempts "
        "(default: corrections)",
    )
    parser.add_argument(
        "--lead_frames",
        type=number(int, 0),
        default=15,
        help="recoveries: frames before a takeover that led into it (default: 15)",
    )
    parser.add_argument(
        "--weight",
        type=number(int, 1),
        default=1,
        help="how often a lesson stands beside a demonstration (default: 1)",
    )
    parser.add_argument(
        "--from_scratch", action="store_true", help="new weights (default: the policy's own)"
    )
    parser.usage = (
        "dora-hil improve --policy_path DIR --corrections DIR --output_dir DIR [--KEY=VALUE ...]"
    )


def run(args: argparse.Namespace) -> None:
    """Make the dataset, and train.

    Raises:
        UserError: policy or corrections cannot be used, or the training failed.
    """
    # Imported late: a bad argument is to be said at once.
    from dora_hil_datasets.edit.with_lerobot import own_cache
    from lerobot_node.improve.lessons import Choice
    from lerobot_node.improve.training import Training
    from lerobot_node.improve.training_set import Corrections, make_training_set
    from lerobot_node.policy.checkpoint import Checkpoint

    if not args.policy_path.exists():
        raise UserError(f"--policy_path: {args.policy_path}: there is no such folder")
    training = Training(Checkpoint.find(str(args.policy_path)), args.output_dir / "train")
    before = training.dataset
    choice = Choice(args.learn, args.lead_frames, args.weight)
    root, repo_id = args.output_dir / "dataset", f"improve/{args.output_dir.name}"
    with own_cache():
        corrections = [Corrections.read(folder, choice) for folder in args.corrections]
        for of in corrections:
            print(of.words)
        is_new = make_training_set(before, corrections, choice, root, repo_id)
    print(f"{root}: {'made' if is_new else 'is there'}, with {len(before.lengths)} episodes before")
    words = training.words(repo_id, root, args.rest, from_scratch=args.from_scratch)
    if words is None:
        print(f"{training.output_dir}: is trained already")
        return
    program = find_program("lerobot-train")
    assert program is not None, "it comes with LeRobot, as this does"
    code = subprocess.run([program, *words], check=False).returncode
    if code:
        raise UserError(f"lerobot-train ended with exit code {code}; the same command goes on")
    print(f"{training.output_dir}: the new policy (--policy.path, or the next --policy_path)")


COMMAND = Command("Policies", __doc__ or "", add_arguments, run, passes_on=True)
