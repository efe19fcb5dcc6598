"""Compares a dataset with the one it was made from, as a training loop would read both."""

from collections.abc import Container, Sequence
from typing import Any

import numpy as np
import torch
from lerobot.datasets import LeRobotDataset
from numpy.typing import NDArray
from tqdm import tqdm

from dora_hil.errors import UserError
from dora_hil_datasets.dataset.video_file import count_pictures

# These number episodes, frames and tasks anew.
_RENUMBERED = ("episode_index", "index", "task_index")


class CheckError(UserError):
    """A dataset that is not what it should be; it has not replaced the one it was made from."""


def check_episodes(
    before: LeRobotDataset,
    after: LeRobotDataset,
    kept: Sequence[int],
    encoded_again: Container[int] = (),
) -> None:
    """Compare every value of every episode, and its first, middle and last pictures.

    Args:
        before: the dataset that was edited.
        after: what came out.
        kept: which episodes of `before` those of `after` have to be, in order.
        encoded_again: those of `kept` whose pictures may differ; that they decode is checked.

    Raises:
        CheckError: names the first difference.
    """
    if after.num_episodes != len(kept):
        raise CheckError(f"{after.root}: has {after.num_episodes} episodes, expected {len(kept)}")
    for new, old in enumerate(tqdm(kept, desc="checking", unit=" episodes", disable=None)):
        try:
            _check_values(_Episode(before, old), _Episode(after, new))
            _check_pictures(_Episode(before, old), _Episode(after, new), old not in encoded_again)
        except CheckError as error:
            raise CheckError(
                f"{before.root}: episode {old} would not be the same: {error}; it is unchanged"
            ) from None


def check_picture_counts(dataset: LeRobotDataset) -> None:
    """Check that the video files of each camera hold one picture for each row.

    Raises:
        CheckError: names the camera.
    """
    for camera in dataset.meta.video_keys:
        count = picture_count(dataset, camera)
        if count != dataset.num_frames:
            raise CheckError(
                f"{dataset.root}: {camera} has {count} pictures for {dataset.num_frames} rows"
            )


def picture_count(dataset: LeRobotDataset, camera: str) -> int:
    """Return how many pictures a camera's video files hold."""
    indices = range(dataset.num_episodes)
    paths = {dataset.root / dataset.meta.get_video_file_path(index, camera) for index in indices}
    return sum(count_pictures(path) for path in paths)


class _Episode:
    """An episode of an open dataset."""

    def __init__(self, dataset: LeRobotDataset, index: int) -> None:
        row = dataset.meta.episodes[index]
        self._dataset = dataset
        self.start, self.stop = row["dataset_from_index"], row["dataset_to_index"]
        self.index = index

    def values(self) -> dict[str, NDArray[Any]]:
        """Return the columns that are not pictures, each (frames, ...)."""
        meta = self._dataset.meta
        names = [name for name in self._dataset.hf_dataset.features if name not in meta.camera_keys]
        table = self._dataset.hf_dataset.with_format("numpy", columns=names)
        columns = table[self.start : self.stop]
        columns["task"] = meta.tasks.index.to_numpy()[columns["task_index"]]
        return {name: np.asarray(column) for name, column in columns.items()}

    def pictures(self, frame: int) -> dict[str, torch.Tensor]:
        """Return each camera's picture, decoded."""
        row = self._dataset[self.start + frame]
        return {camera: row[camera] for camera in self._dataset.meta.camera_keys}


def _check_values(old: _Episode, new: _Episode) -> None:
    before, after = old.values(), new.values()
    if set(before) != set(after):
        raise CheckError(f"its columns are {', '.join(after)}")
    if set(after["episode_index"].tolist()) != {new.index}:
        raise CheckError(f"its rows are not those of episode {new.index}")
    if after["index"].tolist() != list(range(new.start, new.stop)):
        raise CheckError("its rows are not numbered one after the other")
    for name in before:
        if name not in _RENUMBERED and not _is_equal(before[name], after[name]):
            raise CheckError(f"{name} differs")


def _is_equal(one: NDArray[Any], other: NDArray[Any]) -> bool:
    if one.dtype == object or other.dtype == object:
        return bool(one.tolist() == other.tolist())
    same_kind = one.dtype == other.dtype and one.shape == other.shape
    return same_kind and one.tobytes() == other.tobytes()


def _check_pictures(old: _Episode, new: _Episode, is_exact: bool) -> None:
    frames = new.stop - new.start
    for frame in sorted({0, frames // 2, frames - 1}):
        before, after = old.pictures(frame), new.pictures(frame)
        for camera in before:
            if is_exact and not torch.equal(before[camera], after[camera]):
                raise CheckError(f"the picture of {camera} in frame {frame} differs")
