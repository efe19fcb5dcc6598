"""Opens a dataset on this disk with LeRobot's own class, which never gets to ask the Hub.

LeRobot, which takes seconds, is loaded by `open` alone; set `HF_HUB_OFFLINE=1` before that.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.existing import read_existing

if TYPE_CHECKING:
    from lerobot.datasets import LeRobotDataset


class LocalDataset:
    """A dataset whose files are all here.

    Attributes:
        repo_id: LeRobot's name of it.
        root: the folder.
        existing: what its metadata say.
        lengths: frames of each episode.
        records: what the recorder noted of each episode; empty for another's dataset.
    """

    def __init__(self, repo_id: str, root: Path) -> None:
        """Check the files.

        Raises:
            DatasetError: there is no dataset, it is damaged, or of another format.
        """
        self.existing = read_existing(root)
        self.repo_id, self.root = repo_id, root
        self.lengths: tuple[int, ...] = self.existing.lengths
        self.records: tuple[EpisodeRecord, ...] = self.existing.records

    def open(self, episodes: Sequence[int] | None = None) -> "LeRobotDataset":
        """Open all episodes or some; `dataset[i]` then has pictures as uint8 where it can.

        Raises:
            DatasetError: an episode does not exist.
        """
        self.existing.check_episodes(episodes or ())
        from lerobot.datasets import LeRobotDataset

        from dora_hil_datasets.dataset import decoder

        decoder.quiet()
        return LeRobotDataset(
            self.repo_id,
            root=self.root,
            episodes=None if episodes is None else sorted(set(episodes)),
            video_backend=decoder.video_backend(),
            return_uint8=True,
        )
