"""A body's crop against LeRobot's own processing step, which reads the same two keys."""

import numpy as np
import pytest
import torch
from lerobot.processor.hil_processor import ImageCropResizeProcessorStep

from dora_hil.body.crop import ImagePreprocessing, PictureCrops

NAME = "observation.images.front"


@pytest.mark.parametrize("size", [(128, 128), (64, 48), (300, 310)])
def test_a_picture_is_that_of_lerobot(size: tuple[int, int]) -> None:
    """But for the rounding to whole numbers: smaller, of another shape, larger."""
    rng = np.random.default_rng(1)
    coarse = rng.integers(0, 256, (30, 40, 3), np.uint8)
    picture = coarse.repeat(8, axis=0).repeat(8, axis=1)
    crop = {NAME: (20, 10, 200, 290)}
    config = ImagePreprocessing({**crop}, size)
    ours = PictureCrops(config, {NAME: (240, 320)}).picture(NAME, picture)
    step = ImageCropResizeProcessorStep(crop, size)
    tensor = torch.from_numpy(picture).permute(2, 0, 1)[None] / 255
    theirs = step.observation({NAME: tensor})[NAME][0].permute(1, 2, 0).numpy() * 255
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1.6
