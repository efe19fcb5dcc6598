"""A dataset that grows by whole episodes, each safe on the disk once `save` returns."""

import json
import logging
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from lerobot.configs.video import RGBEncoderConfig
from lerobot.datasets import LeRobotDataset

from dora_hil import durable
from dora_hil.errors import UserError
from dora_hil_datasets.dataset import decoder, episode_record
from dora_hil_datasets.dataset.config import DatasetConfig
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.existing import ExistingDataset
from dora_hil_datasets.dataset.features import Features, Row
from dora_hil_datasets.dataset.staging import INFO, Staging
from dora_hil_datasets.dataset.video_file import count_pictures

log = logging.getLogger(__name__)

_CARRIED = (INFO, "meta/stats.json", "meta/tasks.parquet")
"""What LeRobot reads to go on with a dataset, besides the last episode's row."""


def prepare_lerobot() -> None:
    """Make LeRobot's libraries quiet, and load now what they load with the first frame."""
    decoder.quiet()
    features: Features = {
        "observation.images.any": {"dtype": "video", "shape": (64, 64, 3), "names": None},
        "action": {"dtype": "float32", "shape": (1,), "names": None},
    }
    row = {
        "observation.images.any": np.zeros((64, 64, 3), np.uint8),
        "action": np.zeros(1, np.float32),
        "task": "",
    }
    with tempfile.TemporaryDirectory() as folder:
        store = DatasetStore(DatasetConfig(root=Path(folder) / "warm-up"), None)
        for index in range(2):
            store.begin(features, 10, "")
            store.add(dict(row))
            store.add(dict(row))
            store.save(EpisodeRecord(index, 2))


class SaveError(UserError):
    """An episode that could not be saved; those saved before are safe."""


class DatasetStore:
    """Writes episodes with LeRobot's own classes, each into a staging folder of its own.

    To LeRobot the staging folder is a dataset to be resumed whose older files are elsewhere:
    it numbers the new episode, its files and its frames by the metadata, and needs for that
    the last episode's row alone. So a save costs the same however many episodes there are.

    Attributes:
        root: the dataset's folder.
        records: of the episodes in the dataset; blank ones where nothing is known.
    """

    def __init__(self, config: DatasetConfig, existing: ExistingDataset | None) -> None:
        """Go on with a dataset, or start one.

        Raises:
            SaveError: the encoder's settings are not usable.
        """
        self.root = config.root
        self.records: list[EpisodeRecord] = []
        self._config = config
        self._staging = Staging(config.root)
        self._dataset: LeRobotDataset | None = None
        self._carried: set[str] = set()
        self._last_row: str | None = None
        self._episodes = 0
        if existing is not None:
            self._episodes = existing.episodes
            self.records = list(existing.records) or [
                EpisodeRecord(index, length) for index, length in enumerate(existing.lengths)
            ]
            self._last_row, self._last_table = existing.last_row()
        try:
            self._encoder = RGBEncoderConfig(**asdict(config.rgb_encoder))
        except ValueError as error:
            raise SaveError(f"dataset.rgb_encoder: {error}") from None

    def begin(self, features: Features, fps: int, body: str) -> None:
        """Start an episode.

        Args:
            features: see `dataset_features`; those of the dataset, if it has episodes already.
            fps: frames per second.
            body: LeRobot's `robot_type`.
        """
        self._staging.clear()
        options = {
            "streaming_encoding": self._config.video,
            "rgb_encoder": self._encoder,
            "encoder_threads": self._config.encoder_threads,
            # Nothing is read back here: LeRobot need not look for a decoder at each episode.
            "video_backend": "pyav",
            # A bounded queue would drop pictures, and keep their rows, when it is full.
            "encoder_queue_maxsize": 0,
        }
        if self._last_row is None:
            self._staging.path.parent.mkdir(parents=True, exist_ok=True)
            self._dataset = LeRobotDataset.create(
                self._config.repo_id,
                fps,
                dict(features),
                root=self._staging.path,
                robot_type=body,
                use_videos=self._config.video,
                **options,
            )
        else:
            self._carry_over(self._last_row)
            self._dataset = LeRobotDataset.resume(
                self._config.repo_id, root=self._staging.path, **options
            )
        self._carried = set(self._staged())

    def _carry_over(self, last_row: str) -> None:
        for name in _CARRIED:
            target = self._staging.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.root / name, target)
        target = self._staging.path / last_row
        target.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(self._last_table, target)

    def add(self, row: Row) -> None:
        """Add a frame of the present episode; see `frame_row`."""
        self._writing.add_frame(row)

    def discard(self) -> None:
        """Drop the present episode."""
        self.abandon()
        self._staging.clear()

    def abandon(self) -> None:
        """Close what is open; what is staged is left to the next one who opens the folder."""
        if self._dataset is not None:
            self._dataset.clear_episode_buffer()
            self._dataset.finalize()
            self._dataset = None

    def save(self, record: EpisodeRecord) -> None:
        """Make the present episode part of the dataset; it is on the disk afterwards.

        Raises:
            SaveError: it was not written as it should have been.
            OSError: the disk is full or fails.
        """
        try:
            self._save(record)
        except Exception:
            # LeRobot's threads drop their errors: a full disk looks like a missing picture.
            durable.check_room(self.root)
            raise

    def _save(self, record: EpisodeRecord) -> None:
        dataset = self._writing
        dataset.save_episode()
        dataset.finalize()
        self._dataset = None
        names = self._staged()
        new = [n for n in names if n not in self._carried]
        self._check(new, record.length)
        rows = [n for n in new if n.startswith("meta/episodes/")]
        table = pq.read_table(self._staging.path / rows[0])

        records = [replace(r, repo_id=self._config.repo_id) for r in (*self.records, record)]
        episode_record.write(self._staging.path, records)
        self._staging.publish({*new, *_CARRIED, episode_record.FILE})
        self.records, self._episodes = records, self._episodes + 1
        self._last_row, self._last_table = rows[0], table

    @property
    def _writing(self) -> LeRobotDataset:
        assert self._dataset is not None, "begin() comes first"
        return self._dataset

    def _staged(self) -> list[str]:
        root = self._staging.path
        return [p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()]

    def _check(self, new: Sequence[str], length: int) -> None:
        """Compare what was written with what was to be; an encoder may fail without a word."""
        for name in new:
            path = self._staging.path / name
            if name.startswith("data/"):
                found = pq.read_metadata(path).num_rows
            elif name.startswith("videos/"):
                found = count_pictures(path)
            else:
                continue
            if found != length:
                raise SaveError(f"{name} was written with {found} of {length} frames")
        counted = json.loads((self._staging.path / INFO).read_text())["total_episodes"]
        if counted != self._episodes + 1:
            raise SaveError(f"LeRobot counts {counted} episodes, expected {self._episodes + 1}")
