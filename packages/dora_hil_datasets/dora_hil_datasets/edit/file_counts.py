"""How many files a dataset is in, and how few it can be in."""

from dataclasses import dataclass
from math import ceil
from pathlib import Path

from dora_hil_datasets.dataset.existing import EPISODES, parquet_files

DATA_FILE_BYTES = 100 * 1024**2
"""LeRobot's default."""


@dataclass(frozen=True)
class FileCounts:
    """Files of a dataset.

    Attributes:
        data: parquet files of frames.
        episodes: parquet files of `meta/episodes`.
        videos: mp4 files of all cameras.
    """

    data: int
    episodes: int
    videos: int

    @property
    def total(self) -> int:
        """Return the sum."""
        return self.data + self.episodes + self.videos

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.data} data, {self.episodes} {EPISODES} and {self.videos} video files"


def count_files(root: Path) -> FileCounts:
    """Return the files that there are."""
    return FileCounts(
        data=len(parquet_files(root / "data")),
        episodes=len(parquet_files(root / EPISODES)),
        videos=len(_videos(root)),
    )


def fewest_files(root: Path) -> FileCounts:
    """Return the files that could be left; a camera's pictures are one file, see `join`."""
    data_bytes = sum(path.stat().st_size for path in parquet_files(root / "data"))
    return FileCounts(
        data=ceil(data_bytes / DATA_FILE_BYTES),
        episodes=min(1, len(parquet_files(root / EPISODES))),
        videos=len({path.parents[1] for path in _videos(root)}),
    )


def size_bytes(root: Path) -> int:
    """Return what a folder holds; files that go while one looks are passed over."""
    total = 0
    for path in root.rglob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total


def _videos(root: Path) -> list[Path]:
    return list(root.glob("videos/*/*/*.mp4"))
