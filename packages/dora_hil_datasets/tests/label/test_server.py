"""The page on which a person says where success begins, by its requests."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import lamps
import pytest
from PIL import Image

from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.recorded_episode import read_episodes
from dora_hil_datasets.label.server import LabelServer

Visit = Callable[[aiohttp.ClientSession, str, LabelServer], Awaitable[Any]]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record two episodes of five frames; the second never lights up."""
    folder = tmp_path_factory.mktemp("lamps") / "data"
    lamps.write(folder, [3, None], length=5)
    return folder


@pytest.fixture
def visit(root: Path) -> Callable[[Visit], Any]:
    """Serve the page for a visitor, in one event loop."""
    dataset = LocalDataset(lamps.REPO_ID, root).open()

    async def serve(visitor: Visit) -> Any:
        server = LabelServer(dataset, read_episodes(dataset), {0: 3, 1: None}, "test/lamps")
        address = await server.page.serve()
        async with aiohttp.ClientSession() as session:
            answer = await visitor(session, address, server)
            await session.post(f"{address}/write")
        await asyncio.wait_for(server.page.wait(), 10)
        return answer

    return lambda visitor: asyncio.run(serve(visitor))


def test_the_page_lists_the_episodes_with_what_was_recorded(visit: Callable[[Visit], Any]) -> None:
    """And its name."""

    async def look(session: aiohttp.ClientSession, address: str, _server: LabelServer) -> Any:
        return await (await session.get(f"{address}/episodes")).json()

    assert visit(look) == {
        "name": "test/lamps",
        "episodes": [
            {"episode": 0, "length": 5, "onset": 3},
            {"episode": 1, "length": 5, "onset": None},
        ],
    }


def test_a_frame_has_all_cameras_side_by_side(visit: Callable[[Visit], Any]) -> None:
    """As one JPEG; the lit one is brighter than the dark one."""

    async def look(session: aiohttp.ClientSession, address: str, _server: LabelServer) -> Any:
        return [
            await (await session.get(f"{address}/pictures/0/{frame}")).read() for frame in (2, 3)
        ]

    dark, lit = (Image.open(io.BytesIO(body)).convert("L") for body in visit(look))
    assert lit.size == (256, 128)
    assert lit.getpixel((64, 64)) > dark.getpixel((64, 64)) + 100  # type: ignore[operator]


def test_an_onset_is_taken(visit: Callable[[Visit], Any]) -> None:
    """And taken back."""

    async def press(session: aiohttp.ClientSession, address: str, server: LabelServer) -> Any:
        await session.post(f"{address}/onset", json={"episode": 1, "onset": 4})
        await session.post(f"{address}/onset", json={"episode": 0, "onset": None})
        return dict(server.onsets)

    assert visit(press) == {0: None, 1: 4}


@pytest.mark.parametrize(
    "said",
    [{"episode": 9, "onset": 1}, {"episode": 0, "onset": 0}, {"episode": 0}, [], "x" * 20_000],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    visit: Callable[[Visit], Any], said: Any
) -> None:
    """Another episode, its first picture, half a message, a list, far too much."""

    async def press(session: aiohttp.ClientSession, address: str, server: LabelServer) -> Any:
        answer = await session.post(f"{address}/onset", json=said)
        return answer.status, dict(server.onsets)

    status, onsets = visit(press)
    assert status in (400, 413)
    assert onsets == {0: 3, 1: None}


def test_a_picture_that_does_not_exist_is_not_found(visit: Callable[[Visit], Any]) -> None:
    """Nor an episode."""

    async def look(session: aiohttp.ClientSession, address: str, _server: LabelServer) -> Any:
        return [(await session.get(f"{address}/pictures/{p}")).status for p in ("0/5", "7/0")]

    assert visit(look) == [404, 404]
