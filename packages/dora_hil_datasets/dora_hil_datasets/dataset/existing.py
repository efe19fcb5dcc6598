"""What a dataset on the disk holds, read without LeRobot and without touching anything.

LeRobot goes to the Hub, and creates the folder, where something is missing; here it is said.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from dora_hil.errors import UserError, one_line
from dora_hil.recognitions import Reading, recognise
from dora_hil_datasets.dataset import episode_record
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.staging import INFO

EPISODES = "meta/episodes"
FORMAT = "v3.0"

_TABLES = ("meta/stats.json", "meta/tasks.parquet")


class DatasetError(UserError):
    """A folder that holds no usable dataset; the text says what is wrong with it."""


class DamagedError(DatasetError):
    """A dataset of which a part is missing or unreadable, as when it was not finalized."""

    def __init__(self, path: Path, what: str) -> None:
        """Name the file and what is wrong with it."""
        super().__init__(
            f"{path}: {POINTER}"
            if is_git_lfs_pointer(path)
            else f"{path}: the dataset is damaged: {what}; a recording that was not finalized "
            "looks like that"
        )


POINTER = (
    "was left out when its repository was cloned, here is only what Git LFS put in its place: run "
    "`git lfs install` and `git lfs pull` in that folder"
)


def is_git_lfs_pointer(path: Path) -> bool:
    """Say whether a file is the text that stands in a clone without Git LFS for a large one."""
    try:
        with path.open("rb") as file:
            return file.read(len(_GIT_LFS)) == _GIT_LFS
    except OSError:
        return False


_GIT_LFS = b"version https://git-lfs.github.com/spec/"


class Feature(TypedDict):
    """What is needed of a column's description."""

    dtype: str
    shape: tuple[int, ...]
    names: NotRequired[Any]


class Info(TypedDict):
    """What is needed of `meta/info.json`."""

    codebase_version: str
    fps: int
    total_episodes: int
    total_frames: int
    data_path: str
    video_path: NotRequired[str | None]
    features: dict[str, Feature]


@dataclass(frozen=True, eq=False)
class ExistingDataset:
    """A dataset as its metadata describe it; it has an episode at least.

    Attributes:
        root: the folder.
        info: see `Info`.
        lengths: frames of each episode.
        records: what is known besides, one for each episode or none at all.
    """

    root: Path
    info: Info
    lengths: tuple[int, ...]
    records: tuple[EpisodeRecord, ...]

    @property
    def episodes(self) -> int:
        """Return how many episodes there are."""
        return len(self.lengths)

    @property
    def fps(self) -> int:
        """Return the frames per second."""
        return self.info["fps"]

    @property
    def features(self) -> dict[str, Any]:
        """Return LeRobot's description of the columns."""
        return dict(self.info["features"])

    def check_episodes(self, indices: Sequence[int]) -> None:
        """Check that episodes exist.

        Raises:
            DatasetError: one does not; the text says which do.
        """
        for index in indices:
            if not 0 <= index < self.episodes:
                raise DatasetError(
                    f"{self.root}: there is no episode {index}; there are 0 to {self.episodes - 1}"
                )

    def last_row(self) -> tuple[str, pa.Table]:
        """Return the last episode's row of `meta/episodes`, and the file it comes from."""
        for path in reversed(parquet_files(self.root / EPISODES)):
            table = pq.read_table(path)
            index = table.column("episode_index").to_pylist()
            if self.episodes - 1 in index:
                row = table.slice(index.index(self.episodes - 1), 1)
                return path.relative_to(self.root).as_posix(), row
        raise DamagedError(self.root / EPISODES, f"episode {self.episodes - 1} is missing")


def is_dataset(root: Path) -> bool:
    """Say whether there is a dataset."""
    return (root / INFO).exists()


def read_existing(root: Path) -> ExistingDataset:
    """Read a dataset's metadata and check that its files are all there.

    Raises:
        DatasetError: there is none, it is of another format, or it is damaged.
    """
    if not is_dataset(root):
        raise DatasetError(f"{root}: there is no dataset here ({INFO} is missing)")
    info = _read_info(root / INFO)
    if (root / "meta/episodes.jsonl").is_file() and not (root / EPISODES).is_dir():
        answer = recognise(Reading.DATASET, root, {"codebase_version": "v2.1"})
        raise DatasetError(
            f"{root / INFO}: says {FORMAT}, but the files are of v2.1: set codebase_version back "
            f"to v2.1. {answer}"
        )
    cameras = video_keys(info)
    rows = _read_episodes(root, cameras)
    if not rows and not info["total_episodes"]:
        raise DatasetError(f"{root}: the dataset has no episodes; delete it or use another root")
    lengths = tuple(int(row["length"]) for row in rows)
    for name in sorted({*_TABLES, *_files(info, cameras, rows)}):
        if not (root / name).is_file():
            raise DamagedError(root / name, "the file is missing")
        if is_git_lfs_pointer(root / name):
            raise DatasetError(f"{root / name}: {POINTER}")
    frames = sum(_count_rows(path) for path in parquet_files(root / "data"))
    counted = info["total_episodes"], info["total_frames"]
    if counted != (len(rows), sum(lengths)) or frames != sum(lengths):
        raise DamagedError(
            root,
            f"{INFO} counts {counted[0]} episodes and {counted[1]} frames, {EPISODES} "
            f"{len(rows)} and {sum(lengths)}, data {frames} frames",
        )
    return ExistingDataset(root, info, lengths, tuple(episode_record.read(root, lengths)))


_INFO = TypeAdapter(Info)


def _read_info(path: Path) -> Info:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise DatasetError(f"{path}: cannot be read: not JSON: {error}") from None
    if isinstance(raw, dict) and raw.get("codebase_version", FORMAT) != FORMAT:
        # Before the keys, which were others then.
        answer = recognise(Reading.DATASET, path.parents[1], raw)
        if answer is not None:
            raise DatasetError(f"{path}: {answer}")
        raise DatasetError(
            f"{path}: the dataset has the format {raw['codebase_version']}, expected {FORMAT}"
        )
    try:
        return _INFO.validate_python(raw)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        what = f"{key}: {first['msg']}" if key else first["msg"]
        raise DatasetError(f"{path}: not what LeRobot writes there: {what}") from None


def _read_episodes(root: Path, cameras: list[str]) -> list[dict[str, Any]]:
    """Return an episode's number, length and place in the files, for all in order."""
    columns = ["episode_index", "length"]
    for folder in ("data", *(f"videos/{camera}" for camera in cameras)):
        columns += [f"{folder}/chunk_index", f"{folder}/file_index"]
    rows: list[dict[str, Any]] = []
    for path in parquet_files(root / EPISODES):
        try:
            rows += pq.read_table(path, columns=columns).to_pylist()
        except (OSError, pa.ArrowException) as error:
            raise DamagedError(path, one_line(error)) from None
    rows.sort(key=lambda row: row["episode_index"])
    if [row["episode_index"] for row in rows] != list(range(len(rows))):
        raise DamagedError(
            root / EPISODES, f"the {len(rows)} episodes are not numbered 0 to {len(rows) - 1}"
        )
    return rows


def _count_rows(path: Path) -> int:
    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException) as error:
        raise DamagedError(path, one_line(error)) from None


def _files(info: Info, cameras: list[str], rows: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the files that the episodes refer to, relative to the dataset."""
    for row in rows:
        yield _path(info["data_path"], row, "data")
        for camera in cameras:
            yield _path(info.get("video_path") or "", row, f"videos/{camera}", video_key=camera)


def _path(template: str, row: dict[str, Any], columns: str, **keys: str) -> str:
    place = {name: row[f"{columns}/{name}"] for name in ("chunk_index", "file_index")}
    return template.format(**place, **keys)


def parquet_files(folder: Path) -> list[Path]:
    """Return the files of `data` or of `meta/episodes`, in order."""
    return sorted(folder.glob("*/*.parquet"))


def video_keys(info: Mapping[str, Any]) -> list[str]:
    """Return the cameras that are stored as video, of `meta/info.json`."""
    return [name for name, feature in info["features"].items() if feature["dtype"] == "video"]
