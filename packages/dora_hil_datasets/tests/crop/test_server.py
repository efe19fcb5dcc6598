"""The page on which a person draws a crop, by its requests."""

import io
import json
from collections.abc import Callable
from typing import Any

import lamps
import pytest
from lerobot.datasets import LeRobotDataset
from PIL import Image

from dora_hil.body.crop import ImagePreprocessing
from dora_hil_datasets.crop.cropped import cameras_px
from dora_hil_datasets.crop.server import CropServer
from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.recorded_episode import read_episodes

type Ask = Callable[..., tuple[int, bytes]]
PRESENT = ImagePreprocessing({lamps.WRIST: (0, 0, 64, 64)}, (32, 32))
LAMP = {"crop_params_dict": {lamps.FRONT: [40, 40, 50, 50]}, "resize_size": None}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> LeRobotDataset:
    """Record two episodes of four frames; the first lights up with its third."""
    folder = tmp_path_factory.mktemp("lamps") / "data"
    lamps.write(folder, [2, None], length=4)
    return LocalDataset(lamps.REPO_ID, folder).open()


@pytest.fixture
def server(opened: LeRobotDataset) -> CropServer:
    """Begin with the present choice."""
    episodes = read_episodes(opened)
    return CropServer(opened, episodes, cameras_px(opened), PRESENT, "test/lamps")


def picture_of(body: bytes) -> Image.Image:
    """Decode an answer."""
    return Image.open(io.BytesIO(body)).convert("L")


def test_the_page_learns_the_cameras_the_episodes_and_the_present_choice(
    server: CropServer, ask: Ask
) -> None:
    """To begin from."""
    assert json.loads(ask(server.page, "/dataset")[1]) == {
        "name": "test/lamps",
        "cameras": {lamps.FRONT: [128, 128], lamps.WRIST: [128, 128]},
        "lengths": [4, 4],
        "choice": {"crop_params_dict": {lamps.WRIST: [0, 0, 64, 64]}, "resize_size": [32, 32]},
    }


def test_a_picture_is_that_of_its_camera_and_frame(server: CropServer, ask: Ask) -> None:
    """Whole; the lit one is brighter than the dark one."""
    paths = [f"/pictures/{lamps.FRONT}/0/{frame}" for frame in (1, 2)]
    dark, lit = (picture_of(ask(server.page, path)[1]) for path in paths)
    assert lit.size == (128, 128)
    assert lit.getpixel((64, 64)) > dark.getpixel((64, 64)) + 100  # type: ignore[operator]


def test_a_result_is_what_the_body_will_show(server: CropServer, ask: Ask) -> None:
    """Here, all of it is the lit lamp."""
    choice = {"choice": json.dumps(LAMP)}
    shown = picture_of(ask(server.page, f"/results/{lamps.FRONT}/0/3", params=choice)[1])
    assert shown.size == (50, 50)
    assert shown.getextrema()[0] > 200  # type: ignore[operator]


def test_a_choice_is_taken(server: CropServer, ask: Ask) -> None:
    """As the page sends it."""
    assert ask(server.page, "/write", "POST", json=LAMP)[0] == 200
    assert server.choice == ImagePreprocessing({lamps.FRONT: (40, 40, 50, 50)}, None)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"crop_params_dict": {lamps.FRONT: [100, 0, 50, 50]}}, "inside its picture"),
        ({"crop_params_dict": {"side": [0, 0, 50, 50]}}, "unknown camera 'side'"),
        ({"crop_params_dict": {lamps.FRONT: [0, 0, 51, 50]}}, "even"),
        ({"resize_size": [0, 10]}, "1 or more"),
        ({"resize": [10, 10]}, "unknown key 'resize'"),
        ({}, "nothing is cropped"),
        ([], "expected a JSON object"),
    ],
)
@pytest.mark.parametrize("asked", ["results", "write"])
def test_a_choice_that_makes_no_sense_is_refused_with_the_reason(
    server: CropServer, ask: Ask, said: Any, why: str, asked: str
) -> None:
    """To be shown on the page; nothing is taken."""
    if asked == "write":
        status, text = ask(server.page, "/write", "POST", json=said)
    else:
        choice = {"choice": json.dumps(said)}
        status, text = ask(server.page, f"/results/{lamps.FRONT}/0/0", params=choice)
    assert status == 400
    assert why in text.decode()
    assert server.choice == PRESENT


def test_a_camera_that_does_not_exist_is_not_found(server: CropServer, ask: Ask) -> None:
    """With those that do."""
    status, text = ask(server.page, "/pictures/side/0/0")
    assert status == 404
    assert text.decode() == f"there is no such camera; there are {lamps.FRONT}, {lamps.WRIST}"
