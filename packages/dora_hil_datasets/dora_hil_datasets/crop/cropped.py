"""A dataset with every picture cropped and resized, and everything else as it was."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from lerobot.configs.video import RGBEncoderConfig
from lerobot.datasets import LeRobotDataset
from lerobot.utils.constants import DEFAULT_FEATURES
from tqdm import tqdm

from dora_hil.body.crop import PictureCrops, SizePx
from dora_hil.errors import UserError, one_line
from dora_hil_datasets.dataset import episode_record
from dora_hil_datasets.dataset.existing import ExistingDataset
from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.pictures import read_pictures
from dora_hil_datasets.edit.aside import written_aside
from dora_hil_datasets.edit.check import check_episodes, picture_count
from dora_hil_datasets.edit.session import EditError, take_over_others
from dora_hil_datasets.edit.with_lerobot import own_cache


def cameras_px(dataset: LeRobotDataset) -> dict[str, SizePx]:
    """Return height and width of a dataset's pictures by camera.

    Raises:
        EditError: there is no camera, or one that measures depth.
    """
    if not dataset.meta.camera_keys:
        raise EditError(f"{dataset.root}: there are no cameras in this dataset")
    if dataset.meta.depth_keys:
        depth = ", ".join(dataset.meta.depth_keys)
        raise EditError(f"{dataset.root}: only rgb cameras can be cropped; {depth} has depth")
    pictures = read_pictures(dataset, 0)
    return {camera: (p.shape[0], p.shape[1]) for camera, p in pictures.items()}


def write_cropped(
    dataset: LeRobotDataset, existing: ExistingDataset, new_root: Path, crops: PictureCrops
) -> None:
    """Write the copy; the old dataset is only read.

    Videos keep their encoding. What is written is compared with the old dataset before it gets
    its name.

    Args:
        dataset: the old one, opened with all its episodes.
        existing: the same.
        new_root: where the new one goes; the folder does not exist yet.
        crops: what its pictures become.

    Raises:
        EditError: the folder exists, or LeRobot could not write it.
        CheckError: it would not be the same but for the pictures.
        PictureError: a picture cannot be decoded.
    """
    with own_cache(), written_aside(new_root) as aside:
        try:
            _write(dataset, aside, crops)
        except UserError:
            raise
        except Exception as error:
            raise EditError(
                f"{existing.root}: LeRobot could not do it: {one_line(error)}; it is unchanged"
            ) from error
        episode_record.write(aside, existing.records)
        take_over_others(existing.root, aside)
        made = LocalDataset(dataset.repo_id, aside).open()
        everyone = range(dataset.num_episodes)
        check_episodes(dataset, made, everyone, encoded_again=everyone)
        _check_pictures(made, crops)


def _write(dataset: LeRobotDataset, root: Path, crops: PictureCrops) -> None:
    meta = dataset.meta
    is_video = bool(meta.video_keys)
    encoder = None
    if is_video:
        encoder = RGBEncoderConfig.from_video_info(meta.features[meta.video_keys[0]].get("info"))
    made = LeRobotDataset.create(
        dataset.repo_id,
        dataset.fps,
        _features(dataset, crops),
        root=root,
        robot_type=meta.robot_type,
        use_videos=is_video,
        rgb_encoder=encoder,
        streaming_encoding=is_video,
        # A bounded queue would drop pictures, and keep their rows, when it is full.
        encoder_queue_maxsize=0,
        video_files_size_in_mb=meta.video_files_size_in_mb,
        data_files_size_in_mb=meta.data_files_size_in_mb,
    )
    indices = range(dataset.num_episodes)
    for episode in tqdm(indices, desc="cropping", unit=" episodes", disable=None):
        for row in _rows(dataset, episode, crops):
            made.add_frame(row)
        made.save_episode()
    made.finalize()


def _features(dataset: LeRobotDataset, crops: PictureCrops) -> dict[str, dict[str, Any]]:
    """Describe the columns as LeRobot wants them of a new dataset, with the new sizes."""
    features = {
        name: {"dtype": f["dtype"], "shape": tuple(f["shape"]), "names": f.get("names")}
        for name, f in dataset.features.items()
        if name not in DEFAULT_FEATURES
    }
    for camera, size_px in crops.sizes_px.items():
        features[camera] |= {"shape": (*size_px, 3), "names": ["height", "width", "channels"]}
    return features


def _rows(dataset: LeRobotDataset, episode: int, crops: PictureCrops) -> Iterator[dict[str, Any]]:
    """Yield the frames of an episode as `LeRobotDataset.add_frame` takes them."""
    meta = dataset.meta
    features = {
        name: feature
        for name, feature in dataset.features.items()
        if name not in DEFAULT_FEATURES and name not in meta.camera_keys
    }
    place = meta.episodes[episode]
    first, end = place["dataset_from_index"], place["dataset_to_index"]
    table = dataset.hf_dataset.with_format("numpy", columns=[*features, "task_index"])[first:end]
    tasks = meta.tasks.index.to_numpy()[table["task_index"]]
    for frame in range(end - first):
        row = {name: _value(table[name][frame], feature) for name, feature in features.items()}
        row |= crops.apply(read_pictures(dataset, first + frame))
        yield {**row, "task": str(tasks[frame])}


def _value(value: Any, feature: dict[str, Any]) -> Any:
    """Return a cell as it was recorded; the table has a vector of one number as that number."""
    if feature["dtype"] == "string":
        return str(value)
    return np.asarray(value, dtype=feature["dtype"]).reshape(feature["shape"])


def _check_pictures(made: LeRobotDataset, crops: PictureCrops) -> None:
    """Check sizes, and that each camera's videos hold a picture for every frame.

    LeRobot's encoder drops pictures without an error.

    Raises:
        EditError: names the camera.
    """
    sizes_px = cameras_px(made)
    if sizes_px != dict(crops.sizes_px):
        raise EditError(f"the pictures would be of {json.dumps(sizes_px)} px; nothing was written")
    for camera in made.meta.video_keys:
        found = picture_count(made, camera)
        if found != len(made):
            raise EditError(
                f"{camera} would have {found} pictures of {len(made)} frames; nothing was written"
            )
