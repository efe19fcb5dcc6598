"""A copy of a dataset with other labels, and without the frames behind its episodes' new ends.

Pictures are copied, never encoded again; those behind an episode's new end are left out of the
videos where these can be cut there (see `written_aside`).
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from lerobot.datasets.compute_stats import aggregate_stats, get_feature_stats
from lerobot.datasets.io_utils import cast_stats_to_numpy, write_stats
from lerobot.utils.constants import DONE, REWARD, SUCCESS, TRUNCATED

from dora_hil_datasets.dataset import episode_record, staging
from dora_hil_datasets.dataset.existing import EPISODES, ExistingDataset, parquet_files
from dora_hil_datasets.edit.aside import written_aside

_DTYPES = {REWARD: "float32", DONE: "bool", TRUNCATED: "bool", SUCCESS: "bool"}
_COUNTERS = ("timestamp", "frame_index", "episode_index", "index", "task_index")
_REWARDED_ABOVE = 0.5
"""A sparse reward's middle, for datasets without `next.success`."""
_QUANTILES = [0.01, 0.1, 0.5, 0.9, 0.99]


@dataclass(frozen=True, eq=False)
class EpisodeLabels:
    """What an episode's rows say from now on; fewer rows than before cut its end off.

    Attributes:
        reward: float32[rows].
        done, truncated, success: bool[rows].
    """

    reward: npt.NDArray[np.float32]
    done: npt.NDArray[np.bool_]
    truncated: npt.NDArray[np.bool_]
    success: npt.NDArray[np.bool_]

    @classmethod
    def recorded(cls, columns: Mapping[str, npt.NDArray[Any]]) -> Self:
        """Return an episode's labels as they were recorded; a column that is missing says no.

        `next.success` counts where there is one, else a reward of more than half.
        """
        rows = len(columns["frame_index"])
        reward = columns.get(REWARD, np.zeros(rows)).astype(np.float32)
        nothing = np.zeros(rows, dtype=np.bool_)
        return cls(
            reward=reward,
            done=columns.get(DONE, nothing).astype(np.bool_),
            truncated=columns.get(TRUNCATED, nothing).astype(np.bool_),
            success=columns.get(SUCCESS, reward > _REWARDED_ABOVE).astype(np.bool_),
        )

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return the labels of a column of the dataset: ``next.reward`` are the rewards."""
        labels: npt.NDArray[Any] = getattr(self, name.removeprefix("next."))
        return labels


def write_relabelled(
    existing: ExistingDataset, new_root: Path, labels: Mapping[int, EpisodeLabels]
) -> None:
    """Write the copy; the old dataset is only read.

    Columns for labels that the old one has not are added.

    Args:
        existing: the old one.
        new_root: where the new one goes; the folder does not exist yet.
        labels: of every episode.

    Raises:
        EditError: the folder exists.
    """
    with written_aside(new_root) as beside:
        left_out = shutil.ignore_patterns(staging.FOLDER, "*.lock", ".cache")
        shutil.copytree(existing.root, beside, ignore=left_out)
        RelabelledCopy(existing, beside, labels).rewrite()


class RelabelledCopy:
    """A copied dataset that is rewritten where it lies; its videos stay what they are."""

    def __init__(
        self, existing: ExistingDataset, root: Path, labels: Mapping[int, EpisodeLabels]
    ) -> None:
        """Take what was copied, the folder it was copied to, and the labels of every episode."""
        self._existing, self._root, self._labels = existing, root, labels
        self._added = {n: d for n, d in _DTYPES.items() if n not in existing.features}
        lengths = [len(labels[episode].reward) for episode in range(existing.episodes)]
        self._lengths = lengths
        self._starts = np.concatenate([[0], np.cumsum(lengths)]).tolist()
        self._stats: dict[int, dict[str, dict[str, Any]]] = {}

    def rewrite(self) -> None:
        """Write the labels, and everything that follows from them."""
        for path in parquet_files(self._root / "data"):
            self._rewrite_data(path)
        stats = [
            stat
            for path in parquet_files(self._root / EPISODES)
            for stat in self._rewrite_episodes(path)
        ]
        write_stats(aggregate_stats(stats), self._root)
        self._rewrite_info()
        self._rewrite_records()

    def _rewrite_data(self, path: Path) -> None:
        table = pq.read_table(path)
        episodes = table["episode_index"].to_numpy()
        parts = [
            self._relabelled(table, episodes, int(e)) for e in dict.fromkeys(episodes.tolist())
        ]
        with pq.ParquetWriter(path, parts[0].schema) as writer:
            # LeRobot writes a row group for each episode too.
            for part in parts:
                writer.write_table(part)

    def _relabelled(self, table: pa.Table, episodes: npt.NDArray[Any], episode: int) -> pa.Table:
        labels, length = self._labels[episode], self._lengths[episode]
        part = table.slice(int(np.argmax(episodes == episode)), length)
        index = np.arange(length) + self._starts[episode]
        part = _with_column(part, "index", index)
        for name in _DTYPES:
            part = _with_column(part, name, labels.column(name))
        self._stats[episode] = {
            name: _stats(part[name]) for name in (*_DTYPES, *_COUNTERS) if name in part.column_names
        }
        return part

    def _rewrite_episodes(self, path: Path) -> list[dict[str, dict[str, Any]]]:
        """Rewrite a file of `meta/episodes`; returns the statistics of its episodes."""
        table = pq.read_table(path)
        rows = table.to_pylist()
        for row in rows:
            episode = row["episode_index"]
            row["length"] = self._lengths[episode]
            row["dataset_from_index"] = self._starts[episode]
            row["dataset_to_index"] = self._starts[episode + 1]
            for key in row:
                if key.endswith("/to_timestamp"):
                    start_s = row[key.replace("/to_timestamp", "/from_timestamp")]
                    row[key] = start_s + self._lengths[episode] / self._existing.fps
            for name, stats in self._stats[episode].items():
                row |= {f"stats/{name}/{kind}": value.tolist() for kind, value in stats.items()}
        kept = {field.name: field for field in table.schema}
        made = pa.Table.from_pylist(rows)
        schema = pa.schema([kept.get(field.name, field) for field in made.schema])
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
        return [_stats_of_row(row) for row in rows]

    def _rewrite_info(self) -> None:
        path = self._root / staging.INFO
        info = json.loads(path.read_text(encoding="utf-8"))
        info["total_frames"] = self._starts[-1]
        for name, dtype in self._added.items():
            info["features"][name] = {"dtype": dtype, "shape": [1], "names": None}
        path.write_text(json.dumps(info, indent=4), encoding="utf-8")

    def _rewrite_records(self) -> None:
        records = [
            replace(
                record,
                length=self._lengths[record.episode_index],
                success=bool(self._labels[record.episode_index].success.any()),
            )
            for record in self._existing.records
        ]
        episode_record.write(self._root, records)


def _with_column(table: pa.Table, name: str, values: npt.NDArray[Any]) -> pa.Table:
    at = table.schema.get_field_index(name)
    if at < 0:
        return table.append_column(name, pa.array(values))
    kind = table.schema.field(at).type
    return table.set_column(at, table.schema.field(at), pa.array(values).cast(kind))


def _stats(column: pa.ChunkedArray) -> dict[str, Any]:
    values = np.array(column.to_pylist())
    return dict(get_feature_stats(values, axis=0, keepdims=True, quantile_list=_QUANTILES))


def _stats_of_row(row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    flat = {key: value for key, value in row.items() if key.startswith("stats/")}
    return dict(cast_stats_to_numpy(flat)["stats"])
