"""Films side by side."""

from pathlib import Path

import numpy as np
import pytest
from filmed_training import write_film

from lerobot_node.film.episodes import FilmedEpisode, Part
from lerobot_node.film.grid import FILM_PX, FilmError, Grid, read_film, span


def filmed(path: Path, number: int, **about: int) -> FilmedEpisode:
    """Return an episode with a film as bright as its number."""
    write_film(path / f"{number}.mp4", grey=number, **about)
    return FilmedEpisode(path / f"{number}.mp4", number, 100, 0.5, 0.25, True, "success")


def test_episodes_stand_side_by_side_and_parts_below_one_another(tmp_path: Path) -> None:
    """The brightness of each is where it belongs."""
    rows = [Part("one", [filmed(tmp_path, 60), filmed(tmp_path, 120)])]
    rows.append(Part("two", [filmed(tmp_path, 240)]))
    grid = Grid(rows, every=1)
    picture = np.asarray(next(grid.pictures()).convert("L")).astype(int)
    assert picture.shape[::-1] == grid.size
    column, row = FILM_PX + 10, 30 + 128 + 44
    seen = [picture[104, 138], picture[104, 138 + column], picture[104 + row, 138]]
    assert seen == pytest.approx([60, 120, 240], abs=8)
    assert picture[104 + row, 138 + column] < 30


def test_a_short_film_stays_at_its_last_picture_and_then_says_how_it_ended(
    tmp_path: Path,
) -> None:
    """Until the longest is over."""
    grid = Grid(
        [Part("one", [filmed(tmp_path, 60, pictures=2), filmed(tmp_path, 120, pictures=6)])], 1
    )
    pictures = [np.asarray(picture).astype(int) for picture in grid.pictures()]
    assert len(pictures) == grid.frames == 6
    words = [picture[-45:-27, 10:FILM_PX].max() for picture in pictures]
    assert words[0] < 30
    assert min(words[1:]) > 100


def test_pictures_are_left_out_but_never_the_last(tmp_path: Path) -> None:
    """It is the one that shows how it ended."""
    pictures, length_s = read_film(write_film(tmp_path / "film.mp4", pictures=6), every=2)
    assert len(pictures) == 4
    assert length_s == pytest.approx(0.5)
    assert pictures[0].size == (FILM_PX, FILM_PX // 2)


@pytest.mark.parametrize("content", [b"", b"no film at all"])
def test_a_file_that_is_no_film_is_named(tmp_path: Path, content: bytes) -> None:
    """One line."""
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(FilmError, match=r"film\.mp4: is no film"):
        read_film(path, every=1)


def test_a_part_says_when_in_the_training_it_was() -> None:
    """In minutes and steps."""
    episodes = [FilmedEpisode(Path(), n, 1000 * n, 0.5 * n, 0.0, True, "success") for n in (1, 2)]
    assert span(Part("one", episodes)) == "minute 0.5 to 1.0, step 1,000 to 2,000"
