"""Thumbnails of an episode."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from lerobot.datasets import LeRobotDataset
from numpy.typing import NDArray
from PIL import Image

from dora_hil_datasets.dataset.pictures import PictureError, jpeg, read_pictures
from dora_hil_datasets.dataset.recorded_episode import RecordedEpisode

THUMBNAIL_PX: Final = 160
"""Longest side; on a screen of double density still sharp at half of it."""
SPRITE_PX: Final = 112
"""Longest side of a frame of a sprite."""
SPRITE_QUALITY: Final = 65


@dataclass(frozen=True)
class Thumbnail:
    """One frame of one camera.

    Attributes:
        frame: its number in the episode.
        data_uri: a JPEG, ready for an `img` element.
    """

    frame: int
    data_uri: str


@dataclass(frozen=True)
class Sprite:
    """An episode to be played: frames of one camera side by side in one picture.

    Attributes:
        frames: their numbers in the episode, from the left.
        data_uri: a JPEG.
    """

    frames: tuple[int, ...]
    data_uri: str


@dataclass(frozen=True, eq=False)
class EpisodePictures:
    """What was seen in an episode.

    Attributes:
        thumbnails: by camera, in order of time.
        sprites: by camera; none where nothing is to be played.
        first_digest: of the first frame of the cameras that are stored without loss; two
            encodings of the same picture as video differ by more than a block's small step.
        problem: why the pictures could not be decoded; empty where they could.
    """

    thumbnails: Mapping[str, Sequence[Thumbnail]]
    sprites: Mapping[str, Sprite] = field(default_factory=dict)
    first_digest: str = ""
    problem: str = ""

    @property
    def size(self) -> int:
        """Return how many bytes of the page they take."""
        shown = [t.data_uri for pictures in self.thumbnails.values() for t in pictures]
        return sum(map(len, [*shown, *(sprite.data_uri for sprite in self.sprites.values())]))


class PictureReader:
    """Decodes a few frames of each episode, each of them once."""

    def __init__(self, dataset: LeRobotDataset, per_episode: int, played: int = 0) -> None:
        """Read from a dataset.

        Args:
            dataset: opened with all its episodes.
            per_episode: thumbnails of each camera; the first frame is always one of them.
            played: frames of each camera's sprite; 0 for none.
        """
        self._dataset = dataset
        self._cameras: list[str] = list(dataset.meta.camera_keys)
        self._lossless = set(dataset.meta.image_keys)
        self._per_episode, self._played = per_episode, played

    def read(self, episode: RecordedEpisode) -> EpisodePictures:
        """Decode the frames of an episode, evenly spread, the last one included."""
        shown, played = (_spread(episode.length, n) for n in (self._per_episode, self._played))
        thumbnails: dict[str, list[Thumbnail]] = {camera: [] for camera in self._cameras}
        films: dict[str, list[Image.Image]] = {camera: [] for camera in self._cameras}
        digest = hashlib.sha256()
        for frame in sorted({*shown, *played}) if self._cameras else ():
            try:
                pictures = read_pictures(self._dataset, episode.first_row + frame)
            except PictureError as error:
                return EpisodePictures(thumbnails, problem=str(error))
            for camera, pixels in pictures.items():
                if frame == 0 and camera in self._lossless:
                    digest.update(pixels.tobytes())
                if frame in shown:
                    thumbnails[camera].append(
                        Thumbnail(frame, data_uri(_small(pixels, THUMBNAIL_PX)))
                    )
                if frame in played:
                    films[camera].append(_small(pixels, SPRITE_PX))
        sprites = {camera: Sprite(played, _sheet(film)) for camera, film in films.items() if film}
        return EpisodePictures(thumbnails, sprites, digest.hexdigest())


def _spread(length: int, count: int) -> tuple[int, ...]:
    """Return so many frames, evenly spread, the first and the last included."""
    return tuple(np.unique(np.linspace(0, length - 1, count).round()).astype(int).tolist())


def _small(pixels: NDArray[np.uint8], longest_px: int) -> Image.Image:
    picture = Image.fromarray(pixels)
    picture.thumbnail((longest_px, longest_px))
    return picture


def _sheet(film: Sequence[Image.Image]) -> str:
    width, height = film[0].size
    sheet = Image.new("RGB", (width * len(film), height))
    for number, picture in enumerate(film):
        sheet.paste(picture, (number * width, 0))
    return data_uri(sheet, SPRITE_QUALITY)


def data_uri(picture: Image.Image, quality: int = 80) -> str:
    """Return a picture as a JPEG for an `img` element."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(picture, quality)).decode()}"
