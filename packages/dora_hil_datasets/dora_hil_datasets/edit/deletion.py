"""Which episodes of a dataset go, which stay, and what becomes of those that stay."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import pyarrow.parquet as pq

from dora_hil.errors import UserError
from dora_hil.stream.timestep import end_words
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.existing import EPISODES, ExistingDataset


class DeletionError(UserError):
    """Episodes that cannot be deleted; the text says what can be."""


class Deletion:
    """Episodes that are to be deleted from a dataset.

    Attributes:
        deleted: their indices, in order.
        kept: those of the others, in order; the position is the new index.
    """

    def __init__(self, existing: ExistingDataset, indices: Sequence[int]) -> None:
        """Choose episodes.

        Raises:
            DatasetError: one of them does not exist.
            DeletionError: none would be left.
        """
        existing.check_episodes(indices)
        count = existing.episodes
        self._existing = existing
        self.deleted = tuple(sorted(set(indices)))
        self.kept = tuple(index for index in range(count) if index not in set(indices))
        if not self.kept:
            raise DeletionError(
                f"these are all {count} episodes of {existing.root}, and LeRobot has no empty "
                "datasets: to start over, remove or rename that folder and record into it again"
            )

    @property
    def records(self) -> list[EpisodeRecord]:
        """Return the records of the episodes that stay, with their new indices."""
        if not self._existing.records:
            return []
        return [
            replace(self._existing.records[old], episode_index=new)
            for new, old in enumerate(self.kept)
        ]

    @cached_property
    def encoded_again(self) -> frozenset[int]:
        """Return the episodes that stay and share a video file with one that goes.

        LeRobot can copy a video file, or else decode and encode what is left of it; see `cut`.
        """
        table = pq.read_table(self._existing.root / EPISODES)
        found: set[int] = set()
        for column in table.column_names:
            if column.startswith("videos/") and column.endswith("/file_index"):
                chunk = column.replace("/file_index", "/chunk_index")
                names = ("episode_index", chunk, column)
                rows = zip(*(table.column(name).to_pylist() for name in names), strict=True)
                files = {index: file for index, *file in rows}
                cut = [files[index] for index in self.deleted]
                found |= {index for index in self.kept if files[index] in cut}
        return frozenset(found)

    def lines(self) -> Iterator[str]:
        """Say what is going to happen."""
        existing = self._existing
        yield f"{existing.root}: {existing.episodes} episodes, {sum(existing.lengths)} frames"
        for index in self.deleted:
            yield f"  delete episode {index}: {self._describe(index)}"
        frames = sum(existing.lengths[index] for index in self.kept)
        yield f"{len(self.kept)} episodes, {frames} frames are left, numbered anew from 0"

    def _describe(self, index: int) -> str:
        length = self._existing.lengths[index]
        text = f"{length} frames, {length / self._existing.fps:.1f} s"
        if self._existing.records:
            record = self._existing.records[index]
            text += f", {end_words(record.end_reason)}" if record.end_reason else ""
            text += f", seed {record.seed}" if record.seed >= 0 else ""
        return text
