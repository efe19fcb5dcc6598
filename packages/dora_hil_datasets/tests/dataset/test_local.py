"""Opening a dataset on this disk."""

from pathlib import Path

import pytest

from dora_hil_datasets.dataset.existing import DatasetError
from dora_hil_datasets.dataset.local import LocalDataset


def test_some_episodes_are_opened_alone_and_in_order(small: Path) -> None:
    """One given twice is opened once."""
    assert LocalDataset("test/small", small).open([4, 1, 4]).episodes == [1, 4]


@pytest.mark.parametrize("index", [5, -1])
def test_an_episode_that_does_not_exist_is_refused_with_those_that_do(
    small: Path, index: int
) -> None:
    """LeRobot only warns, and fails later at something else."""
    with pytest.raises(DatasetError, match=f"there is no episode {index}; there are 0 to 4"):
        LocalDataset("test/small", small).open([index])


def test_a_missing_folder_is_refused_and_not_created(tmp_path: Path) -> None:
    """LeRobot would ask the Hub, and leave an empty folder behind."""
    with pytest.raises(DatasetError, match="there is no dataset here"):
        LocalDataset("test/small", tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
