"""A dataset on its way to the Hub."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fake_hub import FakeHub, connected

from dora_hil_datasets.dataset.config import DatasetConfig
from dora_hil_datasets.dataset.hub import PushError, card, dataset_files, push

REPO_ID = "somebody/recording"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """Return a Hub, and be logged in."""
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    fake = FakeHub(REPO_ID)
    with connected(fake):
        yield fake


@pytest.fixture(scope="module")
def config(written: Path, tmp_path_factory: pytest.TempPathFactory) -> DatasetConfig:
    """Return a dataset of three episodes; leftovers and notes lie beside them."""
    root = Path(shutil.copytree(written, tmp_path_factory.mktemp("push") / "data"))
    for name in (".recording/data/half.parquet", "README.md", "notes.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("not to be uploaded")
    return DatasetConfig(REPO_ID, root, tags=("franka",))


EXPECTED = {
    *(f"data/chunk-000/file-00{i}.parquet" for i in range(3)),
    *(f"meta/episodes/chunk-000/file-00{i}.parquet" for i in range(3)),
    *(f"videos/observation.images.front/chunk-000/file-00{i}.mp4" for i in range(3)),
    *("meta/info.json", "meta/stats.json", "meta/tasks.parquet", "meta/dora_hil_episodes.jsonl"),
}


def test_the_datasets_own_files_are_listed_with_their_sizes(config: DatasetConfig) -> None:
    """No leftover of a recorder, no note beside it."""
    files = dataset_files(config.root)
    assert set(files) == EXPECTED
    assert files["meta/info.json"] == (config.root / "meta/info.json").stat().st_size


def test_exactly_those_files_are_uploaded_with_a_card_and_lerobots_tag(
    config: DatasetConfig, hub: FakeHub
) -> None:
    """Byte for byte; a dry run does not promise another card."""
    push(config)
    assert hub.files is not None
    uploaded = dict(hub.files)
    readme = uploaded.pop("README.md").decode()
    assert "- franka" in readme
    assert readme.strip() == card(config).strip()
    assert set(uploaded) == EXPECTED
    assert all(uploaded[name] == (config.root / name).read_bytes() for name in EXPECTED)
    assert hub.tags == ["v3.0"]


def test_files_of_an_earlier_version_are_removed_and_nothing_else(
    config: DatasetConfig, hub: FakeHub
) -> None:
    """LeRobot would read an episode twice that was merged into another file."""
    hub.files = {"data/chunk-000/file-007.parquet": b"", ".gitattributes": b"", "photo.png": b""}
    push(config)
    assert set(hub.files) == {*EXPECTED, "README.md", ".gitattributes", "photo.png"}


@pytest.mark.parametrize(("private", "expected"), [(True, "private"), (None, None)])
def test_it_is_private_where_that_was_asked_for(
    config: DatasetConfig, hub: FakeHub, private: bool | None, expected: str | None
) -> None:
    """Else the Hub decides."""
    push(replace(config, private=private))
    assert hub.visibility == expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (httpx.Response(403), "not logged in with a token that may write there"),
        (httpx.ConnectError("no route"), "the Hub cannot be reached: no route"),
        (httpx.Response(400, text="bad\nluck"), "Bad request"),
    ],
)
def test_what_goes_wrong_is_one_line(
    config: DatasetConfig, hub: FakeHub, answers: httpx.Response | Exception, expected: str
) -> None:
    """With what to do about it."""
    hub.answers = answers
    with pytest.raises(PushError) as error:
        push(config)
    assert str(error.value).startswith(f"{REPO_ID} was not uploaded: ")
    assert expected in str(error.value)
    assert "\n" not in str(error.value)
