"""Camera pictures cropped and resized."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dora_hil.body.crop import ImagePreprocessing, PictureCrops
from dora_hil.config import ConfigError, parse

FRONT, WRIST = "observation.images.front", "observation.images.wrist"
CAMERAS_PX = {FRONT: (48, 64), WRIST: (30, 40)}


def crops(**keys: Any) -> PictureCrops:
    """Return what a config comes to with the two cameras."""
    return PictureCrops(parse(keys, ImagePreprocessing, "test"), CAMERAS_PX)


def pictures() -> dict[str, NDArray[np.uint8]]:
    """Return a noisy picture of each camera."""
    rng = np.random.default_rng(0)
    return {name: rng.integers(0, 256, (*px, 3), np.uint8) for name, px in CAMERAS_PX.items()}


@pytest.mark.parametrize("rectangle", [(4, 10, 20, 50), (0, 0, 48, 64)])
def test_a_crop_is_that_part_of_the_picture(rectangle: tuple[int, int, int, int]) -> None:
    """Top, left, height, width; pixel by pixel, up to the last row and column."""
    shown = pictures()
    top, left, height, width = rectangle
    cropped = crops(crop_params_dict={FRONT: rectangle}).apply(shown)
    np.testing.assert_array_equal(
        cropped[FRONT], shown[FRONT][top : top + height, left : left + width]
    )


def test_what_is_not_named_stays_as_it_is() -> None:
    """Other cameras and other columns, without a copy."""
    columns: dict[str, NDArray[Any]] = {**pictures(), "observation.state": np.zeros(3)}
    cropped = crops(crop_params_dict={FRONT: [4, 10, 20, 50]}).apply(columns)
    assert cropped[WRIST] is columns[WRIST]
    assert cropped["observation.state"] is columns["observation.state"]


def test_every_camera_is_resized() -> None:
    """Cropped or not, as in LeRobot."""
    both = crops(crop_params_dict={FRONT: [0, 0, 48, 48]}, resize_size=[16, 24])
    assert {name: p.shape for name, p in both.apply(pictures()).items()} == {
        FRONT: (16, 24, 3),
        WRIST: (16, 24, 3),
    }


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"crop_params_dict": None, "resize_size": None},
        {"crop_params_dict": {FRONT: [4, 10, 20, 50]}},
        {"resize_size": [16, 24]},
        {"crop_params_dict": {WRIST: [0, 0, 30, 40]}, "resize_size": [16, 24]},
    ],
)
def test_the_size_that_is_said_is_the_size_that_comes_out(keys: dict[str, Any]) -> None:
    """For the description of the stream; and it can be sent: contiguous and of bytes."""
    made = crops(**keys)
    out = made.apply(pictures())
    assert {name: picture.shape[:2] for name, picture in out.items()} == dict(made.sizes_px)
    assert all(picture.flags.c_contiguous for picture in out.values())
    assert all(picture.dtype == np.uint8 for picture in out.values())


def test_a_smaller_picture_is_averaged_not_sampled() -> None:
    """A pattern of single pixels becomes grey, not black or white."""
    stripes = np.zeros((48, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    resized = crops(resize_size=[12, 16]).picture(FRONT, stripes)
    assert resized[:, 1:-1].min() > 110
    assert resized[:, 1:-1].max() < 145


def test_a_resized_picture_is_the_same_on_every_machine() -> None:
    """In whole numbers: these."""
    ramp = np.arange(48 * 64 * 3, dtype=np.uint32).reshape(48, 64, 3) * 7 % 256
    resized = crops(resize_size=[2, 2]).picture(FRONT, ramp.astype(np.uint8))
    assert resized.tolist() == [
        [[131, 125, 125], [124, 130, 129]],
        [[132, 126, 125], [124, 131, 129]],
    ]


@pytest.mark.parametrize(
    "rectangle",
    [
        [0, 0, 49, 64],
        [0, 1, 48, 64],
        [40, 0, 9, 64],
        [-1, 0, 10, 10],
        [0, -1, 10, 10],
        [0, 0, 0, 10],
        [0, 0, 10, 0],
        [0, 0, 10],
        [0, 0, 10, 10, 10],
        [],
    ],
)
def test_a_rectangle_that_is_no_part_of_the_picture_is_refused(rectangle: list[int]) -> None:
    """With the key, what is expected, the picture's size and what was given."""
    with pytest.raises(ConfigError) as caught:
        crops(crop_params_dict={FRONT: rectangle})
    assert str(caught.value) == (
        "env.processor.image_preprocessing.crop_params_dict.observation.images.front: expected "
        "[top, left, height, width] in px inside its picture, 48 px high and 64 px wide, "
        f"got {rectangle}"
    )


def test_an_unknown_camera_is_refused_with_the_known_ones() -> None:
    """And their sizes."""
    with pytest.raises(ConfigError) as caught:
        crops(crop_params_dict={"front": [0, 0, 10, 10]})
    assert str(caught.value) == (
        "env.processor.image_preprocessing.crop_params_dict: unknown camera 'front'; accepted: "
        "observation.images.front (48 px high and 64 px wide), "
        "observation.images.wrist (30 px high and 40 px wide)"
    )


@pytest.mark.parametrize("size", [[128], [128, 128, 3], [0, 128], [128, -1], []])
def test_a_size_that_no_picture_has_is_refused(size: list[int]) -> None:
    """Two numbers above 0."""
    with pytest.raises(ConfigError, match=r"resize_size: expected \[height, width\] in px"):
        crops(resize_size=size)


def test_pillow_is_loaded_by_those_who_resize_alone() -> None:
    """A node without crops starts without it."""
    code = "import sys, dora_hil.body.crop; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
