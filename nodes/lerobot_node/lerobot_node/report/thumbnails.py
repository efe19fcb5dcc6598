"""Thumbnails of an episode."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from lerobot.datasets import LeRobotDataset
from PIL import Image

from lerobot_node.dataset.pictures import PictureError, jpeg, read_pictures
from lerobot_node.dataset.recorded_episode import RecordedEpisode

THUMBNAIL_PX: Final = 160
"""Longest side; on a screen of double density still sharp at half of it."""


@dataclass(frozen=True)
class Thumbnail:
    """One frame of one camera.

    Attributes:
        frame: its number in the episode.
        data_uri: a JPEG, ready for an `img` element.
    """

    frame: int
    data_uri: str


@dataclass(frozen=True, eq=False)
class EpisodePictures:
    """What was seen in an episode.

    Attributes:
        thumbnails: by camera, in order of time.
        first_digest: of the first frame of the cameras that are stored without loss; two
            encodings of the same picture as video differ by more than a block's small step.
        problem: why the pictures could not be decoded; empty where they could.
    """

    thumbnails: Mapping[str, Sequence[Thumbnail]]
    first_digest: str = ""
    problem: str = ""


class PictureReader:
    """Decodes a few frames of each episode, each of them once."""

    def __init__(self, dataset: LeRobotDataset, per_episode: int) -> None:
        """Read from a dataset.

        Args:
            dataset: opened with all its episodes.
            per_episode: thumbnails of each camera; the first frame is always one of them.
        """
        self._dataset = dataset
        self._cameras: list[str] = list(dataset.meta.camera_keys)
        self._lossless = set(dataset.meta.image_keys)
        self._per_episode = per_episode

    def read(self, episode: RecordedEpisode) -> EpisodePictures:
        """Decode the frames of an episode, evenly spread, the last one included."""
        frames = np.unique(np.linspace(0, episode.length - 1, self._per_episode).round())
        thumbnails: dict[str, list[Thumbnail]] = {camera: [] for camera in self._cameras}
        digest = hashlib.sha256()
        for frame in frames.astype(int).tolist() if self._cameras else ():
            try:
                pictures = read_pictures(self._dataset, episode.first_row + frame)
            except PictureError as error:
                return EpisodePictures(thumbnails, problem=str(error))
            for camera, pixels in pictures.items():
                if frame == 0 and camera in self._lossless:
                    digest.update(pixels.tobytes())
                picture = Image.fromarray(pixels)
                picture.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
                thumbnails[camera].append(Thumbnail(frame, data_uri(picture)))
        return EpisodePictures(thumbnails, digest.hexdigest())


def data_uri(picture: Image.Image) -> str:
    """Return a picture as a JPEG for an `img` element."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(picture)).decode()}"
