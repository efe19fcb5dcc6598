"""Recorded pictures, decoded by LeRobot one frame at a time.

Set `HF_HUB_OFFLINE=1` and `HF_DATASETS_CACHE` before this module is imported; LeRobot reads them
once. The import takes seconds.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from lerobot.datasets import LeRobotDataset
from numpy.typing import NDArray

from dora_hil.errors import one_line
from dora_hil_datasets.dataset import decoder
from dora_hil_datasets.dataset.existing import DatasetError, ExistingDataset
from dora_hil_datasets.dataset.pictures import rgb


class RecordedPictures:
    """Decodes the pictures of some episodes, whether stored as video or one by one."""

    def __init__(self, repo_id: str, existing: ExistingDataset, indices: Sequence[int]) -> None:
        """Open these episodes of a dataset, and decode a picture, which loads the decoder.

        Raises:
            DatasetError: the picture cannot be decoded.
        """
        decoder.quiet()
        wanted = sorted(set(indices))
        self._dataset = LeRobotDataset(
            repo_id,
            root=existing.root,
            episodes=wanted,
            video_backend=decoder.video_backend(),
            return_uint8=True,
        )
        lengths = [existing.lengths[index] for index in wanted]
        first_rows = np.cumsum([0, *lengths[:-1]]).tolist()
        self._first_row = dict(zip(wanted, first_rows, strict=True))
        self.read(wanted[0], 0)

    def read(self, index: int, frame: int) -> Mapping[str, NDArray[np.uint8]]:
        """Return what each camera saw in a frame of an episode, uint8[height, width, 3].

        Raises:
            DatasetError: it cannot be decoded.
        """
        try:
            item = self._dataset[self._first_row[index] + frame]
        except (OSError, RuntimeError, ValueError, IndexError) as error:
            # What decoders raise at a damaged or too short video.
            raise DatasetError(
                f"{self._dataset.root}: the pictures of episode {index}, frame {frame} cannot be "
                f"decoded: {one_line(error)}; --compare_pictures=false does without them"
            ) from None
        return {name: rgb(item[name]) for name in self._dataset.meta.camera_keys}
