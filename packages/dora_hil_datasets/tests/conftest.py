"""Hand-made steps, and small datasets on the disk."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import small_dataset
from dataset_fixtures import dataset, make_step, spec, written
from hypothesis import settings

from dora_hil_datasets.page.local_page import LocalPage

__all__ = ["dataset", "make_step", "spec", "written"]

# A loaded machine is not a defect: how long an example takes is not asserted.
settings.register_profile("dora-hil-datasets", deadline=None)
settings.load_profile("dora-hil-datasets")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the small dataset, to be read alone."""
    return small_dataset.write_dataset(tmp_path_factory.mktemp("small") / "small one")


@pytest.fixture
def root(dataset: Path, tmp_path: Path) -> Path:
    """Return a dataset of three episodes that is alone in its folder."""
    (tmp_path / "here").mkdir()
    return dataset.rename(tmp_path / "here" / "data")


@pytest.fixture
def ask() -> Callable[..., tuple[int, bytes]]:
    """Serve a page for one request, with `aiohttp`'s options; returns status and answer."""

    async def serve(page: LocalPage, path: str, method: str, options: Any) -> tuple[int, bytes]:
        address = await page.serve()
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"{address}{path}", **options) as answer,
        ):
            said = answer.status, await answer.read()
        page.finish()
        await asyncio.wait_for(page.wait(), 10)
        return said

    def asked(page: LocalPage, path: str, method: str = "GET", **options: Any) -> tuple[int, bytes]:
        return asyncio.run(serve(page, path, method, options))

    return asked
