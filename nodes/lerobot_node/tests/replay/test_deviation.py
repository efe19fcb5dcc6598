"""How far replayed frames are from the recorded ones."""

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lerobot_node.replay.deviation import Deviation, PictureDeviation, VectorDeviation


def test_each_number_has_its_largest_and_its_root_mean_square_deviation() -> None:
    """Over all frames, whatever the sign."""
    deviation = VectorDeviation(2)
    deviation.add(np.array([0.0, 1.0]), np.array([3.0, 1.0]))
    deviation.add(np.array([0.0, 1.0]), np.array([-4.0, 1.0]))
    assert deviation.max_abs.tolist() == [4.0, 0.0]
    assert deviation.rms.tolist() == pytest.approx([math.sqrt(12.5), 0.0])


def test_differences_are_taken_in_double_precision() -> None:
    """In float32 a small one between large numbers would vanish, or unsigned ones wrap."""
    deviation = VectorDeviation(1)
    deviation.add(np.array([1], np.uint8), np.array([0], np.uint8))
    assert deviation.max_abs.tolist() == [1.0]


def test_a_nan_is_not_forgotten() -> None:
    """It would otherwise pass as no deviation."""
    deviation = VectorDeviation(1)
    deviation.add(np.array([0.0]), np.array([np.nan]))
    deviation.add(np.array([0.0]), np.array([0.0]))
    assert np.isnan(deviation.max_abs[0])


def grey(level: int) -> NDArray[np.uint8]:
    """Return a picture of one colour."""
    return np.full((4, 4, 3), level, np.uint8)


def test_the_psnr_of_a_picture_is_that_of_its_mean_square_difference() -> None:
    """Off by 255 everywhere is 0 dB, by 25.5 would be 20 dB."""
    deviation = PictureDeviation()
    deviation.add(grey(0), grey(255))
    assert deviation.min_psnr_db == pytest.approx(0.0)
    deviation.add(grey(200), grey(199))
    assert deviation.mean_psnr_db == pytest.approx(20 * math.log10(255) / 2)
    assert deviation.max_abs == 255


def test_identical_pictures_have_no_finite_psnr_and_do_not_hide_the_others() -> None:
    """The mean is over those that differ."""
    deviation = PictureDeviation()
    deviation.add(grey(7), grey(7))
    assert (deviation.min_psnr_db, deviation.mean_psnr_db) == (math.inf, math.inf)
    deviation.add(grey(0), grey(255))
    assert deviation.mean_psnr_db == pytest.approx(0.0)


def frame(number: float, *, flag: bool, level: int) -> dict[str, Any]:
    """Return a frame of one number, one flag and one camera."""
    return {"observation.x": np.array([number]), "f": flag, "c": grey(level)}


def compared(number: float, *, flag: bool, level: int) -> Deviation:
    """Return the deviation of a frame from one of zeros."""
    deviation = Deviation({"observation.x": 1}, ["f"], ["c"])
    deviation.add(frame(0.0, flag=False, level=0), frame(number, flag=flag, level=level))
    return deviation


def test_several_deviations_combine_as_if_their_frames_were_one_episode() -> None:
    """And stay what they were."""
    one = compared(3.0, flag=True, level=255)
    other = compared(4.0, flag=False, level=0)
    both = Deviation.combined([one, other])
    assert both.frames == 2
    assert both.vectors["observation.x"].rms.tolist() == pytest.approx([math.sqrt(12.5)])
    assert both.flags == {"f": 1}
    assert both.pictures["c"].max_abs == 255
    assert both.observed == 4.0
    assert one.frames == 1


def test_only_observed_numbers_count_as_the_deviation_of_an_episode() -> None:
    """Actions are what was sent; a reward has no unit."""
    deviation = Deviation({"action": 1, "observation.x": 1}, [], [])
    recorded = {"action": np.zeros(1), "observation.x": np.zeros(1)}
    deviation.add(recorded, {**recorded, "action": np.ones(1)})
    assert deviation.observed == 0.0
