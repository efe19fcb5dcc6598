"""A page for this machine alone, by its requests."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from dora_hil_datasets.page.local_page import LocalPage

type Ask = Callable[..., tuple[int, bytes]]


def made(folder: Path) -> LocalPage:
    """Return a page that greets, and says what it is asked for."""

    async def colour(_request: web.Request) -> web.Response:
        return web.Response(text="blue")

    html = folder / "page.html"
    html.write_text("<h1>hello</h1>", encoding="utf-8")
    return LocalPage(html, [web.get("/colour", colour)])


@pytest.mark.parametrize(("path", "text"), [("/", "<h1>hello</h1>"), ("/colour", "blue")])
def test_the_file_and_what_it_asks_for_are_served(
    tmp_path: Path, ask: Ask, path: str, text: str
) -> None:
    """On one address."""
    assert ask(made(tmp_path), path) == (200, text.encode())


@pytest.mark.parametrize("name", ["Origin", "Host"])
@pytest.mark.parametrize("path", ["/", "/colour"])
def test_other_sites_are_refused(tmp_path: Path, ask: Ask, path: str, name: str) -> None:
    """A page that is open in the same browser."""
    elsewhere = {"Origin": "http://elsewhere.example", "Host": "elsewhere.example"}
    assert ask(made(tmp_path), path, headers={name: elsewhere[name]})[0] == 403


def test_the_address_is_printed_and_served_until_the_person_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Then nobody listens any more."""

    async def visit() -> Any:
        page = made(tmp_path)
        shown = asyncio.create_task(page.show(0, is_opened=False))
        while not (said := capsys.readouterr().out):
            await asyncio.sleep(0.01)
        address = said.split()[0]
        async with aiohttp.ClientSession() as session:
            status = (await session.get(address)).status
            page.finish()
            await asyncio.wait_for(shown, 10)
            with pytest.raises(aiohttp.ClientConnectorError):
                await session.get(address)
        return status

    assert asyncio.run(visit()) == 200
