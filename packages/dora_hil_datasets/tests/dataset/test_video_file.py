"""What is counted in a video file."""

from pathlib import Path

import imageio.v2 as imageio
import numpy as np

from dora_hil_datasets.dataset.video_file import count_pictures


def test_every_picture_of_a_file_is_counted(tmp_path: Path) -> None:
    """By its packets, not by what the header promises."""
    path = tmp_path / "film.mp4"
    imageio.mimwrite(path, [np.full((32, 32, 3), s, np.uint8) for s in (0, 100, 200)], fps=10)
    assert count_pictures(path) == 3
