"""The same episodes in other files."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import recordings

from dora_hil_datasets.dataset.existing import EPISODES, read_existing
from dora_hil_datasets.edit.file_counts import FileCounts, count_files
from dora_hil_datasets.edit.regroup import RegroupError, cut, join

VIDEO = "videos/observation.images.front/chunk-000/file-{:03d}.mp4"


def videos(root: Path) -> list[bytes]:
    """Return the video files, in order."""
    return [path.read_bytes() for path in sorted(root.glob("videos/*/*/*.mp4"))]


def test_joined_is_one_file_of_each_kind_in_which_a_rows_time_is_its_index(
    written: Path, tmp_path: Path
) -> None:
    """So that LeRobot streams it; every frame is what it was."""
    join(written, tmp_path / "joined")
    assert count_files(tmp_path / "joined") == FileCounts(1, 1, 1)
    assert recordings.read_back(tmp_path / "joined") == [3, 2, 4]
    (path,) = (tmp_path / "joined" / EPISODES).rglob("*.parquet")
    for row in pq.read_table(path).to_pylist():
        start_s = row["videos/observation.images.front/from_timestamp"]
        assert start_s == row["dataset_from_index"] / 10
    (data,) = (tmp_path / "joined/data").rglob("*.parquet")
    assert pq.read_metadata(data).num_row_groups == 3


def test_cut_and_joined_again_nothing_has_changed(written: Path, tmp_path: Path) -> None:
    """Not a byte of the videos."""
    joined, apart, again = (tmp_path / name for name in ("joined", "apart", "again"))
    join(written, joined)
    cut(joined, apart)
    join(apart, again)
    assert videos(again) == videos(joined)
    assert recordings.read_back(apart) == [3, 2, 4]
    assert count_files(apart) == FileCounts(1, 1, 3)


def test_what_was_recorded_after_a_join_is_joined_to_it(written: Path, tmp_path: Path) -> None:
    """A recording in several sessions."""
    join(written, tmp_path / "first")
    recordings.write(tmp_path / "first", [5])
    join(tmp_path / "first", tmp_path / "second")
    assert recordings.read_back(tmp_path / "second") == [3, 2, 4, 5]
    assert recordings.stream(tmp_path / "second") == [(0, 3), (1, 2), (2, 4), (3, 5)]


@pytest.mark.parametrize("regroup", [cut, join])
def test_a_video_that_cannot_be_read_is_named(
    dataset: Path, tmp_path: Path, regroup: Callable[[Path, Path], None]
) -> None:
    """A recording that has ended is left in its files then, with one line."""
    (dataset / VIDEO.format(1)).write_bytes(b"no video" * 100)
    with pytest.raises(RegroupError, match=r"observation.images.front: .*file-001.mp4"):
        regroup(dataset, tmp_path / "new")


@pytest.mark.parametrize("regroup", [cut, join])
def test_a_video_that_is_too_short_is_found(
    dataset: Path, tmp_path: Path, regroup: Callable[[Path, Path], None]
) -> None:
    """Damaged, or another's."""
    (dataset / VIDEO.format(1)).replace(dataset / VIDEO.format(2))
    with pytest.raises((RegroupError, OSError)):
        regroup(dataset, tmp_path / "new")


def test_the_old_dataset_is_only_read(written: Path, tmp_path: Path) -> None:
    """It stays the one that counts until the new one has been compared with it."""
    before = {path: path.stat().st_mtime_ns for path in written.rglob("*")}
    join(written, tmp_path / "joined")
    cut(written, tmp_path / "apart")
    assert {path: path.stat().st_mtime_ns for path in written.rglob("*")} == before
    assert read_existing(tmp_path / "apart").lengths == (3, 2, 4)
