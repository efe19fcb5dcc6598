"""Pictures as LeRobot returns them."""

import io
from pathlib import Path

import numpy as np
import pytest
import small_dataset
from PIL import Image

from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.pictures import PictureError, jpeg, read_pictures, rgb


def test_a_picture_of_a_video_is_turned_to_height_width_rgb() -> None:
    """LeRobot's comes with the channels first."""
    tensor = np.arange(24, dtype=np.uint8).reshape(3, 2, 4)
    assert rgb(tensor).shape == (2, 4, 3)
    assert rgb(tensor)[1, 2].tolist() == tensor[:, 1, 2].tolist()


@pytest.mark.parametrize(
    ("values", "channels", "pixels"),
    [
        ([0.0, 0.5, 1.0], 3, [[0, 128, 255]]),
        ([500.0, 1500.0], 1, [[0, 0, 0], [255, 255, 255]]),
        ([700.0, 700.0], 1, [[0, 0, 0], [0, 0, 0]]),
    ],
)
def test_a_picture_of_floats_is_scaled_to_bytes(
    values: list[float], channels: int, pixels: list[list[int]]
) -> None:
    """A stored one is in [0, 1]; depth, in millimetres, is grey from near to far.

    Depth of one distance has no range, and is black.
    """
    assert rgb(np.array(values, np.float32).reshape(channels, 1, -1))[0].tolist() == pixels


def test_a_jpeg_shows_the_picture() -> None:
    """Up to what the encoding loses."""
    picture = Image.new("RGB", (16, 8), (200, 40, 40))
    read = Image.open(io.BytesIO(jpeg(picture)))
    assert read.size == (16, 8)
    assert np.abs(np.asarray(read).astype(int) - (200, 40, 40)).max() < 10


@pytest.mark.parametrize("video", [True, False])
def test_a_frame_is_read_by_camera_however_it_is_stored(tmp_path: Path, *, video: bool) -> None:
    """The bar stands where it was drawn."""
    root = small_dataset.write_dataset(tmp_path / "small", video=video)
    pictures = read_pictures(LocalDataset("test/small", root).open(), row=5)
    picture = pictures[small_dataset.CAMERA]
    assert picture.shape == (48, 64, 3)
    assert picture[:, 17:21].min() > 200
    assert picture[:, :12].max() < 60


def test_a_damaged_video_is_an_error_in_one_line(tmp_path: Path) -> None:
    """Decoders answer with pages."""
    root = small_dataset.write_dataset(tmp_path / "small")
    (video,) = root.glob("videos/*/*/*.mp4")
    video.write_bytes(b"no video" * 100)
    with pytest.raises(PictureError) as error:
        read_pictures(LocalDataset("test/small", root).open(), row=0)
    assert "\n" not in str(error.value)
