"""An animated WebP."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lerobot_node.film.webp import WebpError, write_webp


def write(path: Path, max_bytes: int = 10**6) -> int:
    """Write a film of three pictures that do not become small by themselves."""
    noise = np.random.default_rng(0).integers(0, 255, (3, 64, 64, 3), np.uint8)
    pictures = [Image.fromarray(pixels) for pixels in noise]
    return write_webp(pictures, path, picture_s=0.1, hold_s=2.0, max_bytes=max_bytes)


def test_a_film_plays_for_ever_and_holds_its_last_picture(tmp_path: Path) -> None:
    """So that one can read how it ended."""
    path = tmp_path / "new" / "film.webp"
    assert write(path) == path.stat().st_size
    with Image.open(path) as film:
        lasts_ms = []
        for index in range(film.n_frames):
            film.seek(index)
            film.load()
            lasts_ms.append(film.info["duration"])
        assert (lasts_ms, film.info["loop"]) == ([100, 100, 2100], 0)


def test_quality_gives_way_to_size(tmp_path: Path) -> None:
    """As far as need be."""
    size = write(tmp_path / "film.webp")
    assert write(tmp_path / "smaller.webp", max_bytes=size - 1) < size


def test_a_film_that_does_not_become_small_enough_is_not_written(tmp_path: Path) -> None:
    """It says by how much, and what helps."""
    with pytest.raises(WebpError, match=r"film\.webp: .* MB, more than .*; fewer episodes"):
        write(tmp_path / "film.webp", max_bytes=1000)
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A folder of that name."""
    (tmp_path / "film.webp").mkdir()
    with pytest.raises(WebpError, match=r"film\.webp: cannot be written"):
        write(tmp_path / "film.webp")
