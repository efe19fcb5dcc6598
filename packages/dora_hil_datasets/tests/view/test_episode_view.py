"""What is in an episode's recording."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import small_dataset
from rerun.experimental import RrdReader

from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.view.episode_view import show_episodes
from dora_hil_datasets.view.sinks import Files

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def folder(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save episodes 0 and 4 of the small dataset."""
    saved = tmp_path_factory.mktemp("saved")
    local = LocalDataset("test/small", small)
    show_episodes(local.open([0, 4]), local.records, Files(saved, episodes=2))
    return saved


@pytest.fixture
def read(folder: Path) -> Callable[[str], Rows]:
    """Read an entity of episode 4, without what is static."""
    store = RrdReader(folder / "episode_000004.rrd").store()

    def rows(entity: str) -> Rows:
        batches = [
            chunk.to_record_batch()
            for chunk in store.stream().to_chunks()
            if chunk.entity_path == f"/{entity}" and not chunk.is_static
        ]
        found = [row for batch in batches for row in batch.to_pylist()]
        return sorted(found, key=lambda row: int(row["frame_index"]))

    return rows


def test_each_episode_is_a_recording_of_the_dataset(folder: Path) -> None:
    """One chooses between them in the viewer."""
    readers = [RrdReader(path) for path in sorted(folder.iterdir())]
    entries = [entry for reader in readers for entry in reader.recordings()]
    assert [entry.application_id for entry in entries] == ["test/small"] * 2
    assert len({entry.recording_id for entry in entries}) == 2


def test_the_layout_is_saved_with_it(folder: Path) -> None:
    """Rerun would make one up."""
    assert len(RrdReader(folder / "episode_000004.rrd").blueprints()) == 1


def test_every_feature_stands_under_its_own_name(folder: Path) -> None:
    """LeRobot's bookkeeping is the timeline, not a curve."""
    schema = RrdReader(folder / "episode_000004.rrd").store().schema()
    paths = {column.entity_path for column in schema.component_columns()}
    assert {path for path in paths if not path.startswith("/__")} == {
        "/action",
        "/complementary_info.is_intervention",
        "/episode/summary",
        "/next.done",
        "/next.reward",
        "/next.success",
        "/next.truncated",
        "/observation.images.front",
        "/observation.state",
    }


def test_curves_have_a_value_per_frame_on_both_timelines(read: Callable[[str], Rows]) -> None:
    """Frame 7 of 10 frames a second is at 0.7 s."""
    rows = read("action")
    assert [row["frame_index"] for row in rows] == list(range(10))
    assert rows[7]["timestamp"].total_seconds() == pytest.approx(0.7)
    assert rows[7]["Scalars:scalars"] == pytest.approx([0.47, 0.5, -0.47, 1.0])


def test_curves_are_named_as_the_features_are(folder: Path) -> None:
    """The legend says x_m, not 0."""
    store = RrdReader(folder / "episode_000004.rrd").store()
    (names,) = [
        batch.column("SeriesLines:names").to_pylist()[0]
        for chunk in store.stream().to_chunks()
        if chunk.entity_path == "/action" and chunk.is_static
        for batch in [chunk.to_record_batch()]
        if "SeriesLines:names" in batch.schema.names
    ]
    assert names == small_dataset.ACTION_NAMES


def test_every_frame_has_its_picture(read: Callable[[str], Rows]) -> None:
    """As JPEG, a tenth of the raw size."""
    rows = read(small_dataset.CAMERA)
    assert [row["frame_index"] for row in rows] == list(range(10))
    assert bytes(rows[0]["EncodedImage:blob"][0][:2]) == b"\xff\xd8"


@pytest.mark.parametrize(
    ("flag", "bands"),
    [
        (
            "complementary_info.is_intervention",
            [(0, "no"), (3, "a person drives"), (7, "no"), (10, "")],
        ),
        ("next.success", [(0, "no"), (9, "success"), (10, "")]),
    ],
)
def test_a_flag_is_bands(
    read: Callable[[str], Rows], flag: str, bands: list[tuple[int, str]]
) -> None:
    """The last ends a frame later: a band without width would not be seen."""
    rows = read(flag)
    assert [(row["frame_index"], row["StateChange:state"][0]) for row in rows] == bands


def test_a_dataset_of_another_recorder_is_shown_as_far_as_it_goes(tmp_path: Path) -> None:
    """Without rewards and flags, with pictures that are no video."""
    root = small_dataset.write_dataset(tmp_path / "bare", video=False, bare=True)
    local = LocalDataset("other/bare", root)
    show_episodes(local.open([2]), local.records, Files(tmp_path / "one.rrd", episodes=1))
    schema = RrdReader(tmp_path / "one.rrd").store().schema()
    paths = {column.entity_path for column in schema.component_columns()}
    assert {"/action", "/observation.state", "/observation.images.front"} <= paths
