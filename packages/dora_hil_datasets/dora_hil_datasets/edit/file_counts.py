"""How many files a dataset is in, and how few it can be in."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from dora_hil_datasets.dataset.existing import EPISODES

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
        data=len(_data(root)),
        episodes=len(_episodes(root)),
        videos=sum(len(_videos(camera)) for camera in _cameras(root)),
    )


def fewest_files(root: Path) -> FileCounts:
    """Return the files that could be left; a camera's pictures are one file, see `join`."""
    return FileCounts(
        data=_share(_data(root), DATA_FILE_BYTES),
        episodes=min(1, len(_episodes(root))),
        videos=sum(bool(_videos(camera)) for camera in _cameras(root)),
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


def _data(root: Path) -> list[Path]:
    return list((root / "data").glob("*/*.parquet"))


def _episodes(root: Path) -> list[Path]:
    return list((root / EPISODES).glob("*/*.parquet"))


def _cameras(root: Path) -> list[Path]:
    return list((root / "videos").glob("*"))


def _videos(camera: Path) -> list[Path]:
    return list(camera.glob("*/*.mp4"))


def _share(paths: Iterable[Path], most_bytes: int) -> int:
    return ceil(sum(path.stat().st_size for path in paths) / most_bytes)
