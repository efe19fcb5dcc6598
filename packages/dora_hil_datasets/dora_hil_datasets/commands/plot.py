"""Draw trainings with a human in the loop: no account, no server.

    uv run dora-hil plot outputs/train/gym_hil_state
    uv run dora-hil plot outputs/train/* --by time --output outputs/training.pdf
    uv run dora-hil plot outputs/train/gym_hil_state --watch 5
    uv run dora-hil plot with=outputs/train/a1,outputs/train/a2 without=outputs/train/b1

Reads what actor and learner write into their `output_dir`: reward, success, intervention rate and
length of the episodes, losses, temperature, gradient norms, replay buffers, rates, age of the
weights. What only one of the two has written is drawn as well. Folders behind `name=` are runs of
one condition, for instance its seeds: their mean and range are one curve. A run that was resumed
goes on where it stood; the time in between does not count.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dora_hil.arguments import NodeArguments, number
from dora_hil.command import Command
from dora_hil_datasets.arguments import picture_path

if TYPE_CHECKING:
    from dora_hil_datasets.curves.plot import Plot
    from dora_hil_datasets.curves.run_groups import RunGroup


def add_arguments(parser: NodeArguments) -> None:
    """Declare its options."""
    parser.add_argument(
        "folders",
        nargs="+",
        metavar="[NAME=]FOLDER[,FOLDER...]",
        help="output_dir of a training, or several of one condition",
    )
    parser.add_argument(
        "--output",
        type=picture_path,
        default=Path("outputs/training.png"),
        help="the picture: .png, .svg or .pdf (default: outputs/training.png)",
    )
    parser.add_argument(
        "--by",
        choices=("steps", "time"),
        default="steps",
        help="what is drawn over (default: steps)",
    )
    parser.add_argument(
        "--mean_over",
        type=number(int, 1),
        default=20,
        help="values in a running mean (default: 20, as in the HIL-SERL paper; 1: none)",
    )
    parser.add_argument(
        "--watch",
        type=number(float, 0.1),
        metavar="SECONDS",
        help="look so often for new figures and draw them, until Ctrl-C",
    )


def draw(groups: "Sequence[RunGroup]", plot: "Plot", output: Path) -> None:
    """Write the picture, and say what is on it.

    Raises:
        UserError: a training cannot be read, or the picture not be written.
    """
    from dora_hil_datasets.curves.picture import save

    trainings = {group.name: group.read() for group in groups}
    save(plot.draw(trainings), output)
    print(f"{output}:")
    for name, several in trainings.items():
        for training in several:
            print(f"  {name}: {training.summary()}", flush=True)


def run(args: argparse.Namespace) -> None:
    """Draw once, or until Ctrl-C.

    Raises:
        UserError: a training cannot be read, or the picture not be written.
    """
    from dora_hil_datasets.curves.metrics_lines import changes
    from dora_hil_datasets.curves.plot import Plot
    from dora_hil_datasets.curves.run_groups import run_groups
    from dora_hil_datasets.curves.training import NoEpisodesError

    # It tells every step of embedding a font in a PDF.
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    groups = run_groups(args.folders)
    plot = Plot(args.by, args.mean_over)
    if args.watch is None:
        draw(groups, plot, args.output)
        return
    try:
        for _ in changes([file for group in groups for file in group.files()], args.watch):
            try:
                draw(groups, plot, args.output)
            except NoEpisodesError as error:
                print(f"{error}; waiting", flush=True)
    except KeyboardInterrupt:
        print()


COMMAND = Command("Trainings", __doc__ or "", add_arguments, run)
