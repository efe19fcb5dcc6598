"""Make one HTML page to look through a dataset with, and to find its bad episodes.

    uv run dora-hil report --repo_id me/pick_cube --root outputs/record/pick_cube

The page needs no network and no other file. Tick the episodes that should go: it writes the
command that deletes them. Any LeRobot v3 dataset will do; columns it lacks are left out.
"""

import argparse
from pathlib import Path

from dora_hil.arguments import NodeArguments, number
from dora_hil.command import Command
from dora_hil.errors import UserError
from dora_hil_datasets.arguments import dataset_arguments, dataset_root


def add_arguments(parser: NodeArguments) -> None:
    """Declare its options."""
    dataset_arguments(parser)
    parser.add_argument(
        "--output", type=Path, help="the page (default: outputs/<repo_id>_report.html)"
    )
    parser.add_argument(
        "--thumbnails",
        type=number(int, 1, 50),
        default=5,
        help="pictures of each camera in each episode (default: 5)",
    )
    parser.add_argument(
        "--played",
        type=number(int, 0, 100),
        default=24,
        help="frames of each camera that are played when a person points at an episode, "
        "0 for none (default: 24)",
    )


def run(args: argparse.Namespace) -> None:
    """Write the page, and say which episodes need a look.

    Raises:
        UserError: the dataset cannot be read, or the page not be written.
    """
    # Imported late, LeRobot last: it takes seconds, and what is wrong is to be said at once.
    from dora_hil_datasets.dataset.local import LocalDataset

    local = LocalDataset(args.repo_id, dataset_root(args))
    from dora_hil_datasets.report.report import make_report

    report = make_report(local, args.thumbnails, args.played)
    output = args.output or Path("outputs") / f"{args.repo_id.replace('/', '_')}_report.html"
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(report.html, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{output}: cannot be written: {error.strerror}") from None
    size = f"{len(report.html) / 1e6:.1f} MB, {report.picture_bytes / 1e3:.0f} KB of it an episode"
    print(f"{output} ({size}): {report.summary}")
    for warning in report.findings.warnings:
        print(warning)
    print(f"{len(report.findings.flags)} flagged")
    for index, flags in report.findings.flags.items():
        print(f"  episode {index}: " + "; ".join(f"{f.name} ({f.detail})" for f in flags))


COMMAND = Command("Datasets", __doc__ or "", add_arguments, run)
