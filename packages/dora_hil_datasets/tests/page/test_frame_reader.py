"""Pictures of a recorded dataset by episode and frame."""

import asyncio
from typing import Any

import lamps
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.recorded_episode import read_episodes
from dora_hil_datasets.page.frame_reader import FrameReader


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> FrameReader:
    """Record two episodes of three frames."""
    root = tmp_path_factory.mktemp("lamps") / "data"
    lamps.write(root, [1, None], length=3)
    dataset = LocalDataset(lamps.REPO_ID, root).open()
    return FrameReader(dataset, read_episodes(dataset))


def read(reader: FrameReader, episode: int, frame: int) -> dict[str, Any]:
    """Ask for a frame as a page does."""
    named = {"episode": str(episode), "frame": str(frame)}
    return asyncio.run(reader.read(make_mocked_request("GET", "/", match_info=named)))


def test_a_frame_has_the_picture_of_each_camera(reader: FrameReader) -> None:
    """The one that was recorded there."""
    pictures = read(reader, 1, 2)
    assert set(pictures) == {lamps.FRONT, lamps.WRIST}
    assert (pictures[lamps.FRONT] == lamps.picture(1, 2, is_lit=False)).all()


@pytest.mark.parametrize(("episode", "frame"), [(0, 3), (2, 0)])
def test_a_frame_that_does_not_exist_is_not_found(
    reader: FrameReader, episode: int, frame: int
) -> None:
    """Behind an end."""
    with pytest.raises(web.HTTPNotFound):
        read(reader, episode, frame)
