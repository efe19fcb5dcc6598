"""Upload a trained policy with its processors to the Hugging Face Hub.

    uv run dora-hil publish --policy_path outputs/train/gym_hil_act --repo_id me/pick_cube

Log in first: uv run hf auth login. Beside what LeRobot's own upload sends goes
dora_hil_dataset.json, which says what the training dataset looked like: with it another machine,
without the dataset, can tell whether the policy fits a body.
"""

import argparse

from dora_hil.arguments import NodeArguments
from dora_hil.command import Command
from dora_hil.errors import UserError
from dora_hil_datasets.arguments import dry_run_argument, upload_arguments


def add_arguments(parser: NodeArguments) -> None:
    """Declare its options."""
    parser.add_argument(
        "--policy_path", required=True, help="the policy's folder, or its training's output folder"
    )
    parser.add_argument("--repo_id", required=True, help="the policy's name on the Hub: user/name")
    upload_arguments(parser)
    dry_run_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Upload, or list what would be.

    Raises:
        UserError: there is no policy, or it could not be uploaded.
    """
    # Imported late: a bad argument is to be said at once.
    from pathlib import Path

    from lerobot_node.policy.checkpoint import Checkpoint
    from lerobot_node.policy.publish import Publication

    # Else a name that is no folder would be looked for on the Hub.
    if not Path(args.policy_path).exists():
        raise UserError(f"--policy_path: {args.policy_path}: there is no such folder")
    checkpoint = Checkpoint.find(args.policy_path)
    publication = Publication(checkpoint, args.repo_id, args.private or None, args.tags)
    if args.dry_run:
        total = 0
        for name, content in publication.files().items():
            size = len(content) if isinstance(content, bytes) else content.stat().st_size
            print(f"{size / 1e6:10.3f} MB  {name}")
            total += size
        print(f"{total / 1e6:10.3f} MB\n\n{publication.card()}")
        return
    print(f"uploaded as {publication.upload()}")


COMMAND = Command("Policies", __doc__ or "", add_arguments, run, is_local=False)
