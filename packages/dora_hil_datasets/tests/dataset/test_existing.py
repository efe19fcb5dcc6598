"""Datasets on the disk, healthy and damaged."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import recordings

from dora_hil_datasets.dataset import episode_record
from dora_hil_datasets.dataset.existing import DatasetError, is_dataset, read_existing

VIDEO = "videos/observation.images.front/chunk-000/file-001.mp4"
DATA = "data/chunk-000/file-001.parquet"
ROW = "meta/episodes/chunk-000/file-001.parquet"


def everything(root: Path) -> dict[str, tuple[int, int]]:
    """Return all files and folders, with what changes when one is touched."""
    paths = [root, *root.rglob("*")]
    return {str(p): (p.stat().st_mtime_ns, p.stat().st_size) for p in paths}


def test_a_dataset_is_read_as_it_was_written(written: Path) -> None:
    """Lengths, features, rate and what is known besides."""
    dataset = read_existing(written)
    assert (dataset.episodes, dataset.lengths, dataset.fps) == (3, (3, 2, 4), 10)
    assert [record.seed for record in dataset.records] == [100, 101, 102]
    assert dataset.features["action"]["names"] == ["x", "y", "z", "gripper"]
    assert set(recordings.features()) < set(dataset.features)


def test_a_dataset_without_cameras_is_read_too(tmp_path: Path) -> None:
    """Pictures in the parquet files: there are no videos to look for."""
    recordings.write(tmp_path / "dataset", [2, 3], video=False)
    assert read_existing(tmp_path / "dataset").lengths == (2, 3)


def test_reading_touches_nothing(dataset: Path) -> None:
    """LeRobot would fill in what it misses."""
    before = everything(dataset)
    read_existing(dataset).last_row()
    assert everything(dataset) == before


def test_the_last_row_is_that_of_the_last_episode(dataset: Path) -> None:
    """And it alone: LeRobot numbers the next episode by it."""
    name, row = read_existing(dataset).last_row()
    assert name == "meta/episodes/chunk-000/file-002.parquet"
    assert row.column("episode_index").to_pylist() == [2]
    assert row.column("dataset_to_index").to_pylist() == [9]


def test_the_last_row_is_found_among_others_of_its_file(dataset: Path) -> None:
    """LeRobot's own tools write many rows into one file, in any order."""
    rows = sorted((dataset / "meta/episodes/chunk-000").iterdir())
    table = pa.concat_tables([pq.read_table(path) for path in reversed(rows)])
    for path in rows:
        path.unlink()
    pq.write_table(table, rows[0])
    name, row = read_existing(dataset).last_row()
    assert name == "meta/episodes/chunk-000/file-000.parquet"
    assert row.column("episode_index").to_pylist() == [2]


def test_a_dataset_without_records_has_none(dataset: Path) -> None:
    """One that LeRobot's own recorder wrote."""
    (dataset / episode_record.FILE).unlink()
    assert read_existing(dataset).records == ()


def test_where_there_is_no_dataset_it_is_said_and_nothing_made(tmp_path: Path) -> None:
    """LeRobot would ask the Hub."""
    assert not is_dataset(tmp_path / "missing")
    with pytest.raises(DatasetError, match=r"there is no dataset here \(meta/info.json is missi"):
        read_existing(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []


def change_info(**changes: Any) -> Callable[[Path], None]:
    """Return a damage: keys of `meta/info.json` with other values; None takes the key out."""

    def change(root: Path) -> None:
        path = root / "meta/info.json"
        info = json.loads(path.read_text()) | changes
        path.write_text(json.dumps({k: v for k, v in info.items() if v is not None}))

    return change


def put(name: str, content: bytes) -> Callable[[Path], None]:
    """Return a damage: a file with another content."""

    def change(root: Path) -> None:
        (root / name).write_bytes(content)

    return change


def cut(name: str) -> Callable[[Path], None]:
    """Return a damage: a file without its end."""

    def change(root: Path) -> None:
        (root / name).write_bytes((root / name).read_bytes()[:-100])

    return change


def remove(name: str) -> Callable[[Path], None]:
    """Return a damage: a file that is not there."""
    return lambda root: (root / name).unlink()


def rewrite_row(column: str, value: int | None) -> Callable[[Path], None]:
    """Return a damage: another value in the row of episode 1, or no such column."""

    def change(root: Path) -> None:
        table = pq.read_table(root / ROW)
        index = table.column_names.index(column)
        table = table.remove_column(index)
        if value is not None:
            table = table.append_column(column, pa.array([value], pa.int64()))
        pq.write_table(table, root / ROW)

    return change


def drop_frame(root: Path) -> None:
    """Damage: a data file that can be read and lacks a frame."""
    pq.write_table(pq.read_table(root / DATA)[1:], root / DATA)


@pytest.mark.parametrize(
    ("damage", "where", "what"),
    [
        (
            change_info(total_episodes=2),
            "",
            "counts 2 episodes and 9 frames, meta/episodes 3 and 9",
        ),
        (change_info(total_frames=8), "", "counts 3 episodes and 8 frames, meta/episodes 3 and 9"),
        (cut(DATA), DATA, "Parquet magic bytes not found"),
        (put(DATA, b""), DATA, "Parquet file size is 0 bytes"),
        (drop_frame, "", "meta/episodes 3 and 9, data 8 frames"),
        (cut(ROW), ROW, "Parquet magic bytes not found"),
        (remove(DATA), DATA, "the file is missing"),
        (remove(ROW), "meta/episodes", "the 2 episodes are not numbered 0 to 1"),
        (remove(VIDEO), VIDEO, "the file is missing"),
        (remove("meta/stats.json"), "meta/stats.json", "the file is missing"),
        (remove("meta/tasks.parquet"), "meta/tasks.parquet", "the file is missing"),
        (rewrite_row("length", 5), "", "meta/episodes 3 and 12, data 9 frames"),
        (rewrite_row("length", None), ROW, "No match for FieldRef.Name(length)"),
        (rewrite_row("episode_index", 2), "meta/episodes", "3 episodes are not numbered 0 to 2"),
        (rewrite_row("data/file_index", 7), "data/chunk-000/file-007.parquet", "missing"),
    ],
)
def test_a_damaged_dataset_is_one_line_that_names_the_file(
    dataset: Path, damage: Callable[[Path], None], where: str, what: str
) -> None:
    """And it stays as it is: something may still be saved from it."""
    damage(dataset)
    before = everything(dataset)
    with pytest.raises(DatasetError) as error:
        read_existing(dataset)
    text = str(error.value)
    assert text.startswith(f"{dataset / where}: the dataset is damaged: ")
    assert what in text
    assert "\n" not in text
    assert len(text) < 1000
    assert everything(dataset) == before


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (put("meta/info.json", b""), "cannot be read: not JSON: Expecting value"),
        (put("meta/info.json", b"\xff{"), "cannot be read: not JSON: 'utf-8' codec"),
        (put("meta/info.json", b"[]"), "not what LeRobot writes there: Input should be"),
        (change_info(features=None), "not what LeRobot writes there: features: Field required"),
        (change_info(fps="ten"), "not what LeRobot writes there: fps: Input should be a valid"),
        (change_info(fps=29.97), "not what LeRobot writes there: fps: Input should be a valid"),
    ],
)
def test_an_info_that_cannot_be_read_is_not_called_a_recording_that_was_cut_off(
    dataset: Path, damage: Callable[[Path], None], says: str
) -> None:
    """Finalizing it would not help."""
    damage(dataset)
    with pytest.raises(DatasetError) as error:
        read_existing(dataset)
    assert str(error.value).startswith(f"{dataset / 'meta/info.json'}: {says}")
    assert "finalized" not in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("names", [{}, {"names": None}, {"names": {"motors": ["x"]}}])
def test_features_are_read_however_their_names_are_written(
    dataset: Path, names: dict[str, Any]
) -> None:
    """Or without that key."""
    info = json.loads((dataset / "meta/info.json").read_text())
    for feature in info["features"].values():
        feature.pop("names", None)
        feature |= names
    (dataset / "meta/info.json").write_text(json.dumps(info))
    assert read_existing(dataset).lengths == (3, 2, 4)


@pytest.mark.parametrize(
    "damage",
    [
        change_info(codebase_version="v2.1"),
        put("meta/info.json", b'{"codebase_version": "v2.1", "fps": 10}'),
    ],
)
def test_an_older_format_is_named_before_its_keys_are_looked_at(
    dataset: Path, damage: Callable[[Path], None]
) -> None:
    """LeRobot converts it: version 2.1 has no place of its videos, and other paths."""
    damage(dataset)
    said = r"has the format v2\.1; LeRobot's converter.*convert_dataset_v21_to_v30"
    with pytest.raises(DatasetError, match=said):
        read_existing(dataset)


def test_a_dataset_without_episodes_is_not_gone_on_with(tmp_path: Path, written: Path) -> None:
    """LeRobot's own recorder leaves one behind when it is stopped at once."""
    info = json.loads((written / "meta/info.json").read_text())
    info |= {"total_episodes": 0, "total_frames": 0}
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta/info.json").write_text(json.dumps(info))
    with pytest.raises(DatasetError, match="the dataset has no episodes"):
        read_existing(tmp_path)


def test_an_unreadable_file_is_one_line(dataset: Path) -> None:
    """A folder in its place."""
    (dataset / "meta/info.json").unlink()
    (dataset / "meta/info.json").mkdir()
    with pytest.raises(DatasetError, match="cannot be read: Is a directory"):
        read_existing(dataset)


@pytest.mark.parametrize("pattern", ["meta/episodes/**/*.parquet", "meta/*.parquet", "**/*.mp4"])
def test_a_clone_without_git_lfs_is_told_what_to_pull(dataset: Path, pattern: str) -> None:
    """It is not damaged, and its recording was finalized."""
    path = next(dataset.glob(pattern))
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:66\nsize 146946961\n")
    with pytest.raises(DatasetError, match="git lfs pull") as error:
        read_existing(dataset)
    assert str(error.value).startswith(f"{path}: ")
    assert "damaged" not in str(error.value)


def test_files_of_an_older_format_are_seen_behind_a_changed_number(dataset: Path) -> None:
    """A number that was changed by hand converts nothing."""
    shutil.rmtree(dataset / "meta/episodes")
    (dataset / "meta/episodes.jsonl").write_text('{"episode_index": 0, "length": 3}\n')
    with pytest.raises(DatasetError, match=r"files are of v2\.1: set codebase_version.*v21_to"):
        read_existing(dataset)
