"""Recorded episodes as numbers, read from the parquet files without LeRobot and torch."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
from numpy.typing import NDArray

from dora_hil.errors import one_line
from dora_hil.stream.actions import Float32Array
from dora_hil.stream.messages import Command
from dora_hil.stream.timestep import EndReason
from dora_hil_datasets.dataset.episode_record import FILE, known
from dora_hil_datasets.dataset.existing import DamagedError, DatasetError, ExistingDataset

log = logging.getLogger(__name__)

REWARD: Final = "next.reward"
FLAGS: Final = ("next.done", "next.truncated", "next.success")


@dataclass(frozen=True, eq=False)
class SourceEpisode:
    """One recorded episode.

    Attributes:
        index: its number in the dataset.
        columns: by feature, [n] or [n, d]: `action` (float32), the vectors of `observation.*`,
            and of `next.*` what the dataset has.
        seed: to grant it with; -1 leaves the choice to the body.
        end_reason: how it ended; NONE where nobody noted it.
    """

    index: int
    columns: Mapping[str, NDArray[Any]]
    seed: int = -1
    end_reason: EndReason = EndReason.NONE

    @property
    def length(self) -> int:
        """Return the number of frames."""
        return len(self.action)

    @property
    def action(self) -> Float32Array:
        """Return what was executed, float32[n, d]."""
        return self.columns["action"]

    def end_command(self, *, say_success: bool) -> Command:
        """Return what to say with the last action, so that the episode ends as it was ended.

        An end that the body finds by itself comes before `next`, at the same step: `next` is
        thus right for all of them. `say_success`: a recorded success was a person's word.
        """
        if self.end_reason is EndReason.FAILURE:
            return Command.FAILURE
        if self.end_reason is EndReason.SUCCESS and say_success:
            return Command.SUCCESS
        return Command.NEXT


def read_episodes(
    existing: ExistingDataset, indices: Sequence[int], seed: int | None
) -> list[SourceEpisode]:
    """Read episodes that exist, in the given order.

    `seed` is the first one's, and the others count on from it; None takes the recorded ones.

    Raises:
        DatasetError: there are no actions, or rows are missing.
    """
    names = _columns(existing)
    rows = _rows_of(existing, names, indices)
    episodes = []
    for position, index in enumerate(indices):
        columns = {name: rows[name][rows["episode_index"] == index] for name in names}
        found, length = len(columns["action"]), existing.lengths[index]
        if found != length:
            raise DamagedError(
                existing.root / "data", f"episode {index} has {found} of {length} rows"
            )
        record = known(existing.records, index)
        recorded_seed = record.seed if record else -1
        reason = record.end_reason if record else end_reason_by_flags(columns)
        episodes.append(
            SourceEpisode(
                index,
                columns,
                seed=recorded_seed if seed is None else seed + position,
                end_reason=EndReason(reason) if reason in EndReason else EndReason.NONE,
            )
        )
    if seed is None and not all(known(existing.records, index) for index in indices):
        log.warning(
            "%s: the seeds of the episodes are not known (%s is missing or does not fit), so the "
            "body chooses; give the seed of the first one with --seed=N",
            existing.root,
            FILE,
        )
    return episodes


def _columns(existing: ExistingDataset) -> list[str]:
    """Return the features that are replayed or compared as numbers."""
    features = existing.features
    action = features.get("action")
    if action is None or len(action["shape"]) != 1:
        raise DatasetError(f"{existing.root}: the dataset has no vector 'action' to replay")
    observed = [n for n, f in features.items() if n.startswith("observation.")]
    vectors = [n for n in observed if len(features[n]["shape"]) == 1]
    return ["action", *vectors, *(n for n in (REWARD, *FLAGS) if n in features)]


def _rows_of(
    existing: ExistingDataset, names: Sequence[str], indices: Sequence[int]
) -> dict[str, NDArray[Any]]:
    """Return all rows of some episodes by column, in order."""
    folder = existing.root / "data"
    try:
        data = ds.dataset(folder, format="parquet")
        missing = [name for name in names if name not in data.schema.names]
        if missing:
            raise DamagedError(folder, f"there is no column {missing[0]!r}")
        wanted = ds.field("episode_index").isin(sorted(set(indices)))
        table = data.to_table([*names, "episode_index", "index"], filter=wanted).sort_by("index")
    except (OSError, ValueError, pa.ArrowException) as error:
        raise DamagedError(folder, one_line(error)) from None
    rows = {name: _array(table.column(name)) for name in table.column_names}
    rows["action"] = rows["action"].reshape(len(table), -1).astype(np.float32)
    return rows


def _array(column: pa.ChunkedArray) -> NDArray[Any]:
    values = column.combine_chunks()
    if pa.types.is_nested(values.type):
        flat: NDArray[Any] = values.flatten().to_numpy(zero_copy_only=False)
        return flat.reshape(len(values), -1)
    plain: NDArray[Any] = values.to_numpy(zero_copy_only=False)
    return plain


def end_reason_by_flags(columns: Mapping[str, NDArray[Any]]) -> EndReason:
    """Tell from the last frame's flags how an episode ended."""
    done, truncated, success = (name in columns and bool(columns[name][-1]) for name in FLAGS)
    if success and not truncated:
        return EndReason.SUCCESS
    return EndReason.FAILURE if done else EndReason.NONE
