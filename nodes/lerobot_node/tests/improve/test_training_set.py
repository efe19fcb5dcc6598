"""Demonstrations and corrections as one dataset."""

from pathlib import Path

import pytest
from small_dataset import REPO_ID, Made, write_dataset

from dora_hil_datasets.dataset.existing import read_existing
from dora_hil_datasets.dataset.local import LocalDataset
from lerobot_node.improve.learn import Learn
from lerobot_node.improve.lessons import Choice
from lerobot_node.improve.training_set import Corrections, ImproveError, make_training_set

TWICE = Choice(Learn.CORRECTIONS, lead_frames=2, weight=2)


@pytest.fixture(scope="module")
def demonstrations(tmp_path_factory: pytest.TempPathFactory) -> LocalDataset:
    """Record two."""
    root = tmp_path_factory.mktemp("demonstrations") / "data"
    return LocalDataset(REPO_ID, write_dataset(root, [Made(4), Made(5)], video=False))


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record three attempts, of which a person corrected one."""
    root = tmp_path_factory.mktemp("corrected") / "data"
    return write_dataset(root, [Made(6), Made(10, driven=range(3, 7)), Made(6)], video=False)


def test_lessons_stand_behind_the_demonstrations_as_often_as_they_weigh(
    demonstrations: LocalDataset, corrected: Path, tmp_path: Path
) -> None:
    """The demonstrations once, the correction twice."""
    corrections = Corrections.read(corrected, TWICE)
    assert corrections.words.endswith("1 of 3 attempts were corrected; 1 lessons, 4 frames")
    root = tmp_path / "round/dataset"
    assert make_training_set(demonstrations, [corrections], TWICE, root, "test/round")
    assert read_existing(root).lengths == (4, 5, 4, 4)


def test_what_is_made_already_is_taken_as_it_is(
    demonstrations: LocalDataset, corrected: Path, tmp_path: Path
) -> None:
    """The same command goes on after a kill; other lessons need a folder of their own."""
    root, corrections = tmp_path / "dataset", Corrections.read(corrected, TWICE)
    assert make_training_set(demonstrations, [corrections], TWICE, root, "test/round")
    assert not make_training_set(demonstrations, [corrections], TWICE, root, "test/round")
    once = Choice(Learn.CORRECTIONS, 2, 1)
    with pytest.raises(ImproveError, match="is there already, made from something else"):
        make_training_set(demonstrations, [corrections], once, root, "test/round")


def test_a_recording_without_a_correction_is_refused(tmp_path: Path) -> None:
    """It says how there would be one."""
    root = write_dataset(tmp_path / "data", [Made(6), Made(7)], video=False)
    with pytest.raises(ImproveError, match=r"none of its 2 attempts .* take over where"):
        Corrections.read(root, TWICE)
