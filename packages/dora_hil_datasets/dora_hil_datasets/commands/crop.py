r"""Choose which part of each camera's picture is used: for the environment JSON, and a new dataset.

    uv run dora-hil crop --repo_id me/pick_cube --root outputs/record/pick_cube \
        --config configs/my_env.json --new_root outputs/record/pick_cube_cropped

It serves a page for this machine: draw a rectangle on each camera's picture, step through the
episodes to see that nothing important leaves it, and press Write. Without a browser:
--crop front=4,4,120,120 --resize 128,128 (top, left, height, width; height, width; in px).

The environment JSON makes the body crop from then on; the new dataset is what it would have
recorded. The dataset must show the cameras' own pictures, not cropped ones. It stays as it is.
"""

import argparse
import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from dora_hil.arguments import NodeArguments
from dora_hil.command import Command
from dora_hil.config import ConfigError, read_json
from dora_hil_datasets.arguments import dataset_arguments, dataset_root, page_arguments

if TYPE_CHECKING:
    from lerobot.datasets import LeRobotDataset

    from dora_hil.body.crop import ImagePreprocessing, SizePx


def add_arguments(parser: NodeArguments) -> None:
    """Declare its options."""
    dataset_arguments(parser)
    parser.add_argument("--config", type=Path, help="environment JSON to write the crop into")
    parser.add_argument("--new_root", type=Path, help="folder of the new dataset")
    parser.add_argument(
        "--crop",
        action="append",
        default=[],
        metavar="CAMERA=TOP,LEFT,HEIGHT,WIDTH",
        help="without a page; once for each camera",
    )
    parser.add_argument("--resize", metavar="HEIGHT,WIDTH", help="without a page; of every camera")
    page_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Take a choice, from the command line or from the page, and write what follows from it.

    Raises:
        UserError: the dataset or the environment JSON cannot be used, or the choice is none.
    """
    from dora_hil.body.crop import KEY
    from dora_hil_datasets.crop import choice as choices
    from dora_hil_datasets.crop.cropped import cameras_px, write_cropped
    from dora_hil_datasets.dataset.local import LocalDataset
    from dora_hil_datasets.edit.aside import check_is_new

    if args.new_root is not None:
        check_is_new(args.new_root)
    if args.config is not None:
        read_json(args.config)
    local = LocalDataset(args.repo_id, dataset_root(args))
    dataset = local.open()
    sizes_px = cameras_px(dataset)
    if args.crop or args.resize:
        choice = choices.parse_choice(args.crop, args.resize)
    else:
        choice = ask(dataset, sizes_px, args)
    crops = choices.useful_crops(choice, sizes_px)
    if args.new_root is not None:
        write_cropped(dataset, local.existing, args.new_root, crops)
        print(f"{args.new_root}: {dataset.num_episodes} episodes, {len(dataset)} frames")
    for camera, px in crops.sizes_px.items():
        print(f"{camera}: {_shown(sizes_px[camera])} px become {_shown(px)} px")
    if args.config is not None:
        choices.write_choice(args.config, choice)
        print(f"{args.config}: {KEY} is set")
    else:
        print(f"for the environment JSON, {KEY}:\n{json.dumps(asdict(choice))}")


def ask(
    dataset: "LeRobotDataset", sizes_px: "dict[str, SizePx]", args: argparse.Namespace
) -> "ImagePreprocessing":
    """Serve the page until the person wants a choice written; returns the choice.

    Raises:
        UserError: the port is taken.
    """
    from dora_hil.body.crop import ImagePreprocessing, PictureCrops
    from dora_hil_datasets.crop.choice import read_choice
    from dora_hil_datasets.crop.server import CropServer
    from dora_hil_datasets.dataset.recorded_episode import read_episodes

    present = ImagePreprocessing()
    if args.config is not None:
        try:
            present = read_choice(args.config)
            PictureCrops(present, sizes_px)
        except ConfigError as error:
            print(f"beginning without a crop: {error}")
            present = ImagePreprocessing()
    server = CropServer(dataset, read_episodes(dataset), sizes_px, present, args.repo_id)
    asyncio.run(server.page.show(args.port, is_opened=not args.no_open))
    return server.choice


def _shown(size_px: "SizePx") -> str:
    return f"{size_px[0]}x{size_px[1]}"


COMMAND = Command("Datasets", __doc__ or "", add_arguments, run)
