"""Recorded pictures, decoded by LeRobot."""

from pathlib import Path

import numpy as np
import pytest
import recordings

from dora_hil_datasets.dataset.existing import DatasetError, read_existing
from lerobot_node.replay.pictures import RecordedPictures

CAMERA = "observation.images.front"


def pictures(root: Path, *indices: int) -> RecordedPictures:
    """Open episodes of a dataset."""
    return RecordedPictures(recordings.REPO_ID, read_existing(root), indices)


@pytest.mark.parametrize(("video", "limit"), [(True, 4), (False, 0)])
def test_each_frame_of_each_episode_has_its_own_picture(
    tmp_path: Path, video: bool, limit: int
) -> None:
    """Whichever episodes were asked for in whichever order; without video to the last bit."""
    recordings.write(tmp_path / "dataset", [3, 4, 5], video=video)
    opened = pictures(tmp_path / "dataset", 2, 1, 2)
    for index, length in ((1, 4), (2, 5)):
        for frame in range(length):
            found = opened.read(index, frame)[CAMERA]
            wanted = recordings.row(index, frame)[CAMERA]
            assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
            assert np.abs(found.astype(int) - wanted).max() <= limit


def test_a_damaged_video_is_one_line_before_anything_moves(tmp_path: Path) -> None:
    """With the way to do without pictures."""
    root = tmp_path / "dataset"
    recordings.write(root, [3])
    [video] = root.rglob("*.mp4")
    video.write_bytes(b"no video at all")
    with pytest.raises(DatasetError, match=r"episode 0, frame 0 cannot be decoded.*--compare") as e:
        pictures(root, 0)
    assert "\n" not in str(e.value)
