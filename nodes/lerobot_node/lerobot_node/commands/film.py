"""Show how a training with a human in the loop went, as one film: its episodes side by side.

    uv run dora-hil film outputs/train/gym_hil_env
    uv run dora-hil film outputs/train/gym_hil_env --each 4 --output docs/training.webp

The first episodes, helped ones from between and the last ones, out of the films that the actor
keeps in its `output_dir` (one of FILM_EVERY=5 episodes). What a person or the scripted operator
drove has a yellow frame.
"""

import argparse
from pathlib import Path

from dora_hil.arguments import NodeArguments, number, path_ending
from dora_hil.command import Command

PICTURE_S = 0.1


def add_arguments(parser: NodeArguments) -> None:
    """Declare its options."""
    parser.add_argument("folder", type=Path, help="output_dir of a training")
    parser.add_argument(
        "--output",
        type=path_ending(".webp"),
        default=Path("outputs/training.webp"),
        help="the film (default: outputs/training.webp)",
    )
    parser.add_argument(
        "--each",
        type=number(int, 1, 10),
        default=3,
        help="episodes of each part (default: 3)",
    )
    parser.add_argument(
        "--every",
        type=number(int, 1),
        default=2,
        help="show one of so many pictures, ten a second (default: 2)",
    )
    parser.add_argument(
        "--max_mb",
        type=number(float, 0.01),
        default=2.5,
        help="the largest size (default: 2.5; GitHub shows no picture above 5 in a README)",
    )


def run(args: argparse.Namespace) -> None:
    """Write the film, and say what is in it.

    Raises:
        UserError: there are no films, one cannot be read, or the new one not be written.
    """
    from lerobot_node.film.episodes import filmed_episodes, parts
    from lerobot_node.film.grid import Grid
    from lerobot_node.film.webp import write_webp

    chosen = parts(filmed_episodes(args.folder), args.each)
    size = write_webp(
        list(Grid(chosen, args.every).pictures()),
        args.output,
        picture_s=PICTURE_S,
        hold_s=2.0,
        max_bytes=int(args.max_mb * 1e6),
    )
    print(f"{args.output} ({size / 1e6:.1f} MB):")
    for part in chosen:
        numbers = ", ".join(str(episode.number) for episode in part.episodes)
        print(f"  {part.title}: {numbers}")


COMMAND = Command("Trainings", __doc__ or "", add_arguments, run)
