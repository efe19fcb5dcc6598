"""Uploads a dataset as it is: its files, a card, and the tag that LeRobot looks for."""

from pathlib import Path

from huggingface_hub import CommitOperationDelete, HfApi
from lerobot.datasets import LeRobotDatasetMetadata
from lerobot.datasets.utils import create_lerobot_dataset_card

from dora_hil.errors import UserError
from dora_hil_datasets.dataset.config import DatasetConfig
from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.hub_errors import failure_reason

PARTS = ("data/", "meta/", "videos/")
"""What belongs to a dataset; not a recorder's or an editor's leftovers, nor notes beside it."""

_LICENSE = "apache-2.0"


class PushError(UserError):
    """A dataset that was not uploaded; the one on the disk is untouched."""


def dataset_files(root: Path) -> dict[str, int]:
    """Return the files that are uploaded, relative to `root`, with their bytes."""
    names = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return {n: (root / n).stat().st_size for n in sorted(names) if n.startswith(PARTS)}


def card(config: DatasetConfig) -> str:
    """Return the dataset's page on the Hub."""
    info = LeRobotDatasetMetadata(config.repo_id, root=config.root).info
    made = create_lerobot_dataset_card(
        tags=list(config.tags), dataset_info=info, license=_LICENSE, repo_id=config.repo_id
    )
    return str(made)


def push(config: DatasetConfig) -> None:
    """Upload a dataset with LeRobot's own method.

    Raises:
        PushError: says in one line why not.
    """
    dataset = LocalDataset(config.repo_id, config.root).open()
    try:
        _remove_stale(config)
        dataset.push_to_hub(
            tags=list(config.tags),
            license=_LICENSE,
            private=config.private,
            allow_patterns=list(PARTS),
        )
    except Exception as error:
        raise PushError(f"{config.repo_id} was not uploaded: {failure_reason(error)}") from error


def _remove_stale(config: DatasetConfig) -> None:
    """Remove from the Hub what an earlier version of the dataset has left there.

    LeRobot reads every file under `data/`: an episode that was deleted or merged into another
    file here, and stayed there, would be read twice.
    """
    api = HfApi()
    if not api.repo_exists(config.repo_id, repo_type="dataset"):
        return
    present = api.list_repo_files(config.repo_id, repo_type="dataset")
    present = [name for name in present if name.startswith(PARTS)]
    stale = sorted(set(present) - set(dataset_files(config.root)))
    if stale:
        api.create_commit(
            config.repo_id,
            [CommitOperationDelete(name) for name in stale],
            commit_message="Remove files of an earlier version",
            repo_type="dataset",
        )
