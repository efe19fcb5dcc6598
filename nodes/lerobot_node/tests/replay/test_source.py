"""Recorded episodes as numbers."""

import logging
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import recordings

from dora_hil.stream.messages import Command
from dora_hil.stream.timestep import EndReason
from dora_hil_datasets.dataset import episode_record
from dora_hil_datasets.dataset.existing import DatasetError, read_existing
from lerobot_node.replay.source import SourceEpisode, end_reason_by_flags, read_episodes


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of three episodes with the seeds 100 to 102."""
    root = tmp_path_factory.mktemp("replay") / "dataset"
    recordings.write(root, [3, 5, 4], video=False)
    return root


@pytest.fixture
def root(recorded: Path, tmp_path: Path) -> Path:
    """Return a copy of it that may be damaged."""
    return Path(shutil.copytree(recorded, tmp_path / "dataset"))


def test_an_episode_has_the_rows_that_were_recorded(recorded: Path) -> None:
    """Every number of every frame, in order."""
    [episode] = read_episodes(read_existing(recorded), [1], None)
    rows = [recordings.row(1, frame) for frame in range(5)]
    assert (episode.index, episode.length) == (1, 5)
    assert episode.action.dtype == np.float32
    for name in ("action", "observation.state"):
        assert (episode.columns[name] == np.stack([row[name] for row in rows])).all()


def test_episodes_come_in_the_order_in_which_they_were_asked_for(recorded: Path) -> None:
    """One may be asked for twice."""
    episodes = read_episodes(read_existing(recorded), [2, 0, 2], None)
    assert [(e.index, e.length) for e in episodes] == [(2, 4), (0, 3), (2, 4)]


@pytest.mark.parametrize(("given", "seeds"), [(None, [102, 100]), (7, [7, 8])])
def test_a_given_seed_goes_before_the_recorded_ones(
    recorded: Path, given: int | None, seeds: list[int]
) -> None:
    """It is that of the first episode; the others count on."""
    episodes = read_episodes(read_existing(recorded), [2, 0], given)
    assert [e.seed for e in episodes] == seeds


@pytest.mark.parametrize(("given", "seeds"), [(None, [-1, -1]), (3, [3, 4])])
def test_without_records_the_seed_is_said_to_be_unknown_unless_it_is_given(
    root: Path, caplog: pytest.LogCaptureFixture, given: int | None, seeds: list[int]
) -> None:
    """In one line, with the way to give one; the body then chooses."""
    (root / episode_record.FILE).unlink()
    with caplog.at_level(logging.WARNING):
        episodes = read_episodes(read_existing(root), [0, 1], given)
    assert [e.seed for e in episodes] == seeds
    assert ["--seed=N" in message for message in caplog.messages] == [True] * (given is None)


def test_rows_that_are_missing_are_found_before_anything_moves(root: Path) -> None:
    """LeRobot would replay what is left."""
    path = root / "data/chunk-000/file-001.parquet"
    existing = read_existing(root)
    pq.write_table(pq.read_table(path).slice(0, 2), path)
    with pytest.raises(DatasetError, match="episode 1 has 2 of 5 rows"):
        read_episodes(existing, [1], None)


def test_a_column_that_is_missing_is_one_line(root: Path) -> None:
    """Naming it; Arrow would list all the others."""
    for path in (root / "data").rglob("*.parquet"):
        pq.write_table(pq.read_table(path).drop_columns(["observation.state"]), path)
    with pytest.raises(DatasetError, match=r"damaged: there is no column 'observation\.state'"):
        read_episodes(read_existing(root), [1], None)


def test_a_dataset_without_actions_is_refused(root: Path) -> None:
    """There is nothing to replay."""
    existing = read_existing(root)
    del existing.info["features"]["action"]
    with pytest.raises(DatasetError, match="no vector 'action'"):
        read_episodes(existing, [0], None)


def test_actions_of_another_precision_become_float32(root: Path) -> None:
    """As every action is on its port."""
    for path in (root / "data").rglob("*.parquet"):
        table = pq.read_table(path)
        place = table.schema.get_field_index("action")
        wide = table.column("action").cast(pa.list_(pa.float64(), 4))
        pq.write_table(table.set_column(place, "action", wide), path)
    [episode] = read_episodes(read_existing(root), [1], None)
    assert episode.action.dtype == np.float32
    assert (episode.action[:, 1] == np.arange(5)).all()


def test_a_file_that_cannot_be_read_is_one_line(root: Path) -> None:
    """What Arrow says of it."""
    existing = read_existing(root)
    path = root / "data/chunk-000/file-001.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DatasetError, match="data: the dataset is damaged") as error:
        read_episodes(existing, [1], None)
    assert "\n" not in str(error.value)


def flagged(*, done: bool = False, truncated: bool = False, success: bool = False) -> EndReason:
    """Return how an episode is taken to have ended whose last frame has these flags."""
    flags = {"next.done": done, "next.truncated": truncated, "next.success": success}
    return end_reason_by_flags({name: np.array([False, flag]) for name, flag in flags.items()})


def test_without_a_record_the_last_flags_tell_how_an_episode_ended() -> None:
    """As far as they do."""
    assert flagged(done=True, success=True) is EndReason.SUCCESS
    assert flagged(done=True) is EndReason.FAILURE
    assert flagged(truncated=True) is EndReason.NONE
    assert flagged(truncated=True, success=True) is EndReason.NONE
    assert flagged() is EndReason.NONE


@pytest.mark.parametrize(
    ("reason", "say_success", "command"),
    [
        (EndReason.OPERATOR, False, Command.NEXT),
        (EndReason.FAILURE, False, Command.FAILURE),
        (EndReason.SUCCESS, True, Command.SUCCESS),
        (EndReason.SUCCESS, False, Command.NEXT),
        (EndReason.TIME_LIMIT, True, Command.NEXT),
        (EndReason.OUT_OF_BOUNDS, True, Command.NEXT),
        (EndReason.NONE, True, Command.NEXT),
    ],
)
def test_an_episode_is_ended_as_it_was_ended(
    reason: EndReason, say_success: bool, command: Command
) -> None:
    """A success is the task's to say, unless a person is known to have said it."""
    episode = SourceEpisode(0, {}, end_reason=reason)
    assert episode.end_command(say_success=say_success) is command


def test_neither_lerobot_nor_torch_is_loaded_for_numbers() -> None:
    """They take seconds, which a refusal must not take."""
    code = (
        "import sys, lerobot_node.replay.command; "
        "sys.exit(any(name in sys.modules for name in ('lerobot', 'torch', 'datasets')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
