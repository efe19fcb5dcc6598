"""The page on which a person draws a crop, by its requests."""

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import lamps
import pytest
from PIL import Image

from dora_hil.body.crop import ImagePreprocessing
from dora_hil_datasets.crop.cropped import cameras_px
from dora_hil_datasets.crop.server import CropServer
from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.recorded_episode import read_episodes

Visit = Callable[[aiohttp.ClientSession, str], Awaitable[Any]]
PRESENT = ImagePreprocessing({lamps.WRIST: (0, 0, 64, 64)}, (32, 32))
LAMP = {"crop_params_dict": {lamps.FRONT: [40, 40, 50, 50]}, "resize_size": None}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record two episodes of four frames; the first lights up with its third."""
    folder = tmp_path_factory.mktemp("lamps") / "data"
    lamps.write(folder, [2, None], length=4)
    return folder


@pytest.fixture
def visit(root: Path) -> Callable[[Visit], tuple[Any, ImagePreprocessing]]:
    """Serve the page for a visitor; returns what that says, and the choice in the end."""
    dataset = LocalDataset(lamps.REPO_ID, root).open()

    async def serve(visitor: Visit) -> tuple[Any, ImagePreprocessing]:
        server = CropServer(
            dataset, read_episodes(dataset), cameras_px(dataset), PRESENT, "test/lamps"
        )
        address = await server.page.serve()
        async with aiohttp.ClientSession() as session:
            said = await visitor(session, address)
        server.page.finish()
        await asyncio.wait_for(server.page.wait(), 10)
        return said, server.choice

    return lambda visitor: asyncio.run(serve(visitor))


def picture_of(body: bytes) -> Image.Image:
    """Decode an answer."""
    return Image.open(io.BytesIO(body)).convert("L")


def test_the_page_learns_the_cameras_the_episodes_and_the_present_choice(
    visit: Callable[[Visit], Any],
) -> None:
    """To begin from."""

    async def look(session: aiohttp.ClientSession, address: str) -> Any:
        return await (await session.get(f"{address}/dataset")).json()

    assert visit(look)[0] == {
        "name": "test/lamps",
        "cameras": {lamps.FRONT: [128, 128], lamps.WRIST: [128, 128]},
        "lengths": [4, 4],
        "choice": {"crop_params_dict": {lamps.WRIST: [0, 0, 64, 64]}, "resize_size": [32, 32]},
    }


def test_a_picture_is_that_of_its_camera_and_frame(visit: Callable[[Visit], Any]) -> None:
    """Whole; the lit one is brighter than the dark one."""

    async def look(session: aiohttp.ClientSession, address: str) -> Any:
        paths = [f"{address}/pictures/{lamps.FRONT}/0/{frame}" for frame in (1, 2)]
        return [await (await session.get(path)).read() for path in paths]

    dark, lit = (picture_of(body) for body in visit(look)[0])
    assert lit.size == (128, 128)
    assert lit.getpixel((64, 64)) > dark.getpixel((64, 64)) + 100  # type: ignore[operator]


def test_a_result_is_what_the_body_will_show(visit: Callable[[Visit], Any]) -> None:
    """Here, all of it is the lit lamp."""

    async def look(session: aiohttp.ClientSession, address: str) -> Any:
        path = f"{address}/results/{lamps.FRONT}/0/3"
        return await (await session.get(path, params={"choice": json.dumps(LAMP)})).read()

    shown = picture_of(visit(look)[0])
    assert shown.size == (50, 50)
    assert shown.getextrema()[0] > 200  # type: ignore[operator]


def test_a_choice_is_taken(visit: Callable[[Visit], Any]) -> None:
    """And ends the page."""

    async def press(session: aiohttp.ClientSession, address: str) -> Any:
        return (await session.post(f"{address}/write", json=LAMP)).status

    status, choice = visit(press)
    assert status == 200
    assert choice == ImagePreprocessing({lamps.FRONT: (40, 40, 50, 50)}, None)


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
    visit: Callable[[Visit], Any], said: Any, why: str, asked: str
) -> None:
    """To be shown on the page; nothing is taken."""

    async def press(session: aiohttp.ClientSession, address: str) -> Any:
        if asked == "write":
            answer = await session.post(f"{address}/write", json=said)
        else:
            path = f"{address}/results/{lamps.FRONT}/0/0"
            answer = await session.get(path, params={"choice": json.dumps(said)})
        return answer.status, await answer.text()

    (status, text), choice = visit(press)
    assert status == 400
    assert why in text
    assert choice == PRESENT


def test_a_camera_that_does_not_exist_is_not_found(visit: Callable[[Visit], Any]) -> None:
    """With those that do."""

    async def look(session: aiohttp.ClientSession, address: str) -> Any:
        answer = await session.get(f"{address}/pictures/side/0/0")
        return answer.status, await answer.text()

    assert visit(look)[0] == (
        404,
        f"there is no such camera; there are {lamps.FRONT}, {lamps.WRIST}",
    )
