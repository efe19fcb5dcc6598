"""Whether a dataset is still what it was."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import recordings
from lerobot.datasets import LeRobotDataset

from dora_hil_datasets.edit.check import CheckError, check_episodes, check_picture_counts

DATA = "data/chunk-000/file-00{}.parquet"
VIDEO = "videos/observation.images.front/chunk-000/file-00{}.mp4"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record two episodes of the same length, and a longer one."""
    root = tmp_path_factory.mktemp("recorded") / "data"
    recordings.write(root, [4, 4, 6])
    return root


@pytest.fixture
def after(recorded: Path, tmp_path: Path) -> Path:
    """Return a copy, to be changed."""
    return Path(shutil.copytree(recorded, tmp_path / "after"))


def opened(root: Path) -> LeRobotDataset:
    """Open a dataset."""
    return LeRobotDataset(recordings.REPO_ID, root=root, return_uint8=True)


def change(path: Path, name: str, value: Callable[[list[object]], list[object]]) -> None:
    """Change a column of a parquet file."""
    table = pq.read_table(path)
    field = table.schema.field(name)
    column = pa.array(value(table.column(name).to_pylist()), field.type)
    pq.write_table(table.set_column(table.schema.get_field_index(name), field, column), path)


def test_the_same_dataset_is_the_same(recorded: Path, after: Path) -> None:
    """Elsewhere, too."""
    check_episodes(opened(recorded), opened(after), range(3))
    check_picture_counts(opened(after))


def test_values_that_are_no_numbers_are_equal_to_themselves(recorded: Path, after: Path) -> None:
    """A sensor may have failed while recording."""
    before = after.with_name("before")
    change(after / DATA.format(1), "action", lambda rows: [[float("nan")] * 4] * len(rows))
    shutil.copytree(after, before)
    check_episodes(opened(before), opened(after), range(3))


def test_one_number_that_differs_is_found(recorded: Path, after: Path) -> None:
    """In any frame, by any amount: here the sign of a zero."""
    change(after / DATA.format(1), "action", lambda rows: [*rows[:2], [1, 2, -0.0, 1], rows[3]])
    with pytest.raises(CheckError, match="episode 1 would not be the same: action differs"):
        check_episodes(opened(recorded), opened(after), range(3))


def test_another_task_is_found(recorded: Path, after: Path) -> None:
    """Its number alone says nothing."""
    change(after / "meta/tasks.parquet", "task", lambda rows: ["something else"])
    with pytest.raises(CheckError, match="episode 0 would not be the same: task differs"):
        check_episodes(opened(recorded), opened(after), range(3))


def test_episodes_that_changed_places_are_found(recorded: Path, after: Path) -> None:
    """They have the same length."""
    with pytest.raises(CheckError, match=r"episode 1 would not be the same: .* differs"):
        check_episodes(opened(recorded), opened(after), (1, 0, 2))


def test_an_episode_that_is_missing_is_found(recorded: Path, after: Path) -> None:
    """Before anything is compared."""
    with pytest.raises(CheckError, match="has 3 episodes, expected 2"):
        check_episodes(opened(recorded), opened(after), (0, 2))


def test_pictures_of_another_episode_are_found(recorded: Path, after: Path) -> None:
    """All numbers are right."""
    shutil.copy(recorded / VIDEO.format(0), after / VIDEO.format(1))
    with pytest.raises(CheckError, match=r"the picture of observation\.images\.front in frame 0"):
        check_episodes(opened(recorded), opened(after), range(3))


def test_pictures_that_were_encoded_again_may_differ(recorded: Path, after: Path) -> None:
    """They have to be there all the same."""
    shutil.copy(recorded / VIDEO.format(0), after / VIDEO.format(1))
    check_episodes(opened(recorded), opened(after), range(3), encoded_again={1})


def test_a_video_with_more_pictures_than_rows_is_found(recorded: Path, after: Path) -> None:
    """The frames that are read may be right nevertheless; LeRobot's streaming counts them."""
    shutil.copy(recorded / VIDEO.format(2), after / VIDEO.format(0))
    with pytest.raises(CheckError, match=r"front has 16 pictures for 14 rows"):
        check_picture_counts(opened(after))
