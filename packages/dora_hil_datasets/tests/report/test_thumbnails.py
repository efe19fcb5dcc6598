"""Thumbnails."""

import base64
import io

import numpy as np
import pytest
import small_dataset
from PIL import Image

from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.recorded_episode import read_episodes
from dora_hil_datasets.report.thumbnails import EpisodePictures, PictureReader


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> LocalDataset:
    """Write a dataset with stored pictures, episode 2 of which begins as episode 0."""
    made = [small_dataset.Made(6, start=start) for start in (0, 1, 0)]
    root = tmp_path_factory.mktemp("data") / "images"
    return LocalDataset("test/small", small_dataset.write_dataset(root, made, video=False))


def _picture(data_uri: str) -> Image.Image:
    head, data = data_uri.split(",")
    assert head == "data:image/jpeg;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def _read(images: LocalDataset, episode: int, count: int, played: int = 0) -> EpisodePictures:
    dataset = images.open()
    return PictureReader(dataset, count, played).read(read_episodes(dataset)[episode])


@pytest.mark.parametrize(("count", "frames"), [(3, [0, 2, 5]), (20, [0, 1, 2, 3, 4, 5])])
def test_thumbnails_are_spread_from_the_first_to_the_last_frame(
    images: LocalDataset, count: int, frames: list[int]
) -> None:
    """The first shows where the block lay, the last what came of it; none is there twice."""
    pictures = _read(images, 1, count)
    assert [t.frame for t in pictures.thumbnails[small_dataset.CAMERA]] == frames


def test_a_thumbnail_shows_its_own_frame(images: LocalDataset) -> None:
    """The bar has moved by 3 pixels a frame."""
    last = _picture(_read(images, 1, 2).thumbnails[small_dataset.CAMERA][-1].data_uri)
    assert last.size == (64, 48)
    pixels = np.asarray(last)
    assert pixels[20, 19].min() > 200
    assert pixels[20, 5].max() < 80


def test_what_is_played_is_one_picture_with_the_frames_side_by_side(images: LocalDataset) -> None:
    """The thumbnails stay as they are; without anything to play there is none."""
    pictures = _read(images, 1, 2, played=4)
    assert [t.frame for t in pictures.thumbnails[small_dataset.CAMERA]] == [0, 5]
    sprite = pictures.sprites[small_dataset.CAMERA]
    assert sprite.frames == (0, 2, 3, 5)
    sheet = np.asarray(_picture(sprite.data_uri))
    assert sheet.shape == (48, 4 * 64, 3)
    assert sheet[20, 64 + 3 * 2 + 4].min() > 200
    assert sheet[20, 3 * 64 + 3 * 5 + 4].min() > 200
    assert pictures.size > len(sprite.data_uri)
    assert _read(images, 1, 2).sprites == {}


def test_the_first_stored_pictures_tell_which_episodes_begin_alike(images: LocalDataset) -> None:
    """What is stored without loss can be compared."""
    first, second, third = (_read(images, episode, 1).first_digest for episode in range(3))
    assert first == third != second
