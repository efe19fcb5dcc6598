"""A training with films of its episodes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from trainings import write_whole_training

from dora_hil.display.video import VideoWriter
from dora_hil.stream.spec import ColumnSpec, StreamSpec, ee_action_columns
from dora_hil.stream.timestep import Kind, Phase, TimeStep
from lerobot_node.hil.film_thread import FILMS

CAMERA = "observation.images.front"
SPEC = StreamSpec("", "fake", (), {CAMERA: ColumnSpec.image(64, 64), **ee_action_columns()})


def write_film(path: Path, grey: int = 100, pictures: int = 5) -> Path:
    """Write a film of 64 by 128 pixels and ten pictures a second."""
    writer = VideoWriter(path, fps=10, height_px=64)
    columns = {CAMERA: np.full((64, 128, 3), grey, np.uint8)}
    for step in range(pictures):
        writer(TimeStep(Kind.MID, Phase.RUNNING, 0, step, columns, SPEC))
    writer.close()
    return path


def write_filmed_training(folder: Path, filmed: Sequence[int], episodes: int = 12) -> Path:
    """Write the figures of a training; those of its episodes, counted from 1, have films."""
    write_whole_training(folder, episodes)
    for number in filmed:
        write_film(folder / FILMS / f"episode_{number:03d}_seed_{number}_success.mp4", number)
    return folder
