"""The page on which a person says where success begins, by its requests."""

import io
import json
from collections.abc import Callable
from typing import Any

import lamps
import pytest
from lerobot.datasets import LeRobotDataset
from PIL import Image

from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.recorded_episode import read_episodes
from dora_hil_datasets.label.server import LabelServer

type Ask = Callable[..., tuple[int, bytes]]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> LeRobotDataset:
    """Record two episodes of five frames; the second never lights up."""
    folder = tmp_path_factory.mktemp("lamps") / "data"
    lamps.write(folder, [3, None], length=5)
    return LocalDataset(lamps.REPO_ID, folder).open()


@pytest.fixture
def server(opened: LeRobotDataset) -> LabelServer:
    """Begin with what was recorded."""
    return LabelServer(opened, read_episodes(opened), {0: 3, 1: None}, "test/lamps")


def test_the_page_lists_the_episodes_with_what_was_recorded(server: LabelServer, ask: Ask) -> None:
    """And its name."""
    assert json.loads(ask(server.page, "/episodes")[1]) == {
        "name": "test/lamps",
        "episodes": [
            {"episode": 0, "length": 5, "onset": 3},
            {"episode": 1, "length": 5, "onset": None},
        ],
    }


def test_a_frame_has_all_cameras_side_by_side(server: LabelServer, ask: Ask) -> None:
    """As one JPEG; the lit one is brighter than the dark one."""
    bodies = [ask(server.page, f"/pictures/0/{frame}")[1] for frame in (2, 3)]
    dark, lit = (Image.open(io.BytesIO(body)).convert("L") for body in bodies)
    assert lit.size == (256, 128)
    assert lit.getpixel((64, 64)) > dark.getpixel((64, 64)) + 100  # type: ignore[operator]


def test_an_onset_is_taken(server: LabelServer, ask: Ask) -> None:
    """And taken back."""
    ask(server.page, "/onset", "POST", json={"episode": 1, "onset": 4})
    ask(server.page, "/onset", "POST", json={"episode": 0, "onset": None})
    assert server.onsets == {0: None, 1: 4}


@pytest.mark.parametrize(
    "said",
    [{"episode": 9, "onset": 1}, {"episode": 0, "onset": 0}, {"episode": 0}, [], "x" * 20_000],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    server: LabelServer, ask: Ask, said: Any
) -> None:
    """Another episode, its first picture, half a message, a list, far too much."""
    assert ask(server.page, "/onset", "POST", json=said)[0] in (400, 413)
    assert server.onsets == {0: 3, 1: None}
