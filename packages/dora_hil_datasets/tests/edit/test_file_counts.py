"""How many files a dataset is in."""

from pathlib import Path

from dora_hil_datasets.edit.file_counts import FileCounts, count_files, fewest_files


def write(root: Path, name: str, megabytes: int) -> None:
    """Write a file that takes no room on the disk."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(megabytes * 1024**2)


def test_files_are_counted_by_kind_and_others_are_not(tmp_path: Path) -> None:
    """Over all chunks and cameras."""
    for chunk in (0, 1):
        write(tmp_path, f"data/chunk-00{chunk}/file-000.parquet", 1)
        write(tmp_path, f"meta/episodes/chunk-00{chunk}/file-000.parquet", 1)
        for camera in ("front", "wrist"):
            write(tmp_path, f"videos/{camera}/chunk-00{chunk}/file-000.mp4", 1)
    write(tmp_path, "meta/tasks.parquet", 1)
    counts = count_files(tmp_path)
    assert counts == FileCounts(2, 2, 4)
    assert str(counts) == "2 data, 2 meta/episodes and 4 video files"
    assert fewest_files(tmp_path) == FileCounts(1, 1, 2)


def test_large_files_stay_several(tmp_path: Path) -> None:
    """Data files of 100 MB; a camera's pictures are one file, however large."""
    for index in range(3):
        write(tmp_path, f"data/chunk-000/file-00{index}.parquet", 60)
        write(tmp_path, f"videos/front/chunk-000/file-00{index}.mp4", 60)
    assert fewest_files(tmp_path) == FileCounts(2, 0, 1)
