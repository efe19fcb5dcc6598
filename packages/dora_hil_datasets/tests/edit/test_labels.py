"""A copy of a dataset with other labels."""

import json
from pathlib import Path

import lamps
import numpy as np
import pytest
import recordings
from lerobot.datasets import LeRobotDataset

from dora_hil_datasets.dataset.existing import read_existing
from dora_hil_datasets.edit.labels import EpisodeLabels, write_relabelled
from dora_hil_datasets.edit.whole import is_whole
from dora_hil_datasets.label.onsets import with_onset


def labels(rows: int, onset: int | None) -> EpisodeLabels:
    """Return labels of an episode whose pictures show success from `onset` on."""
    return with_onset(EpisodeLabels.recorded({"frame_index": np.arange(rows)}), onset)


@pytest.fixture(scope="module", params=[False, True], ids=["pictures", "videos"])
def before(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record three episodes of eight frames, labelled too late."""
    root = tmp_path_factory.mktemp("before") / "data"
    late = [6, None, 7]
    lamps.write(root, [4, None, 6], rewarded_from=late, video=request.param)
    return root


@pytest.fixture(scope="module")
def after(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Relabel: the first episode ends after 4 frames, the last after 6."""
    root = tmp_path_factory.mktemp("after") / "data"
    write_relabelled(
        read_existing(before), root, {0: labels(4, 4), 1: labels(8, None), 2: labels(6, 6)}
    )
    return root


def test_lerobot_reads_the_new_labels_and_every_remaining_picture(
    before: Path, after: Path
) -> None:
    """Decoded one by one: each is the one that was recorded there."""
    old = LeRobotDataset(lamps.REPO_ID, root=before)
    new = LeRobotDataset(lamps.REPO_ID, root=after)
    assert len(new) == 4 + 8 + 6
    rows = [*range(4), *range(8, 16), *range(16, 22)]
    for index, row in enumerate(rows):
        is_, was = new[index], old[row]
        assert is_["index"] == index
        for key in ("observation.state", "action", "frame_index", "episode_index", "timestamp"):
            assert (is_[key] == was[key]).all()
        assert (is_[lamps.FRONT] == was[lamps.FRONT]).all()
    rewards = [float(new[index]["next.reward"]) for index in range(len(new))]
    assert rewards == [0, 0, 0, 1] + [0] * 8 + [0] * 5 + [1]


def test_the_metadata_fit_the_new_lengths(after: Path) -> None:
    """As checked when a dataset is opened for recording; the recorder's notes too.

    LeRobot streams what was cut short: each row with its own picture, see `written_aside`.
    """
    existing = read_existing(after)
    assert existing.lengths == (4, 8, 6)
    assert [(r.length, r.success) for r in existing.records] == [(4, True), (8, False), (6, True)]
    assert is_whole(after)


def test_the_statistics_are_those_of_the_new_labels(after: Path) -> None:
    """Of all episodes, and of each."""
    stats = json.loads((after / "meta/stats.json").read_text())
    assert stats["next.reward"]["mean"] == pytest.approx([2 / 18])
    assert stats["index"]["max"] == [17]
    assert stats["next.reward"]["count"] == [18]


def test_the_old_dataset_is_only_read(before: Path, after: Path) -> None:
    """Its late labels are still there."""
    assert after.exists()
    old = LeRobotDataset(lamps.REPO_ID, root=before)
    assert [float(old[i]["next.reward"]) for i in range(8)] == [0] * 6 + [1, 1]


def test_a_dataset_that_came_without_labels_gets_their_columns(tmp_path: Path) -> None:
    """Rewards, successes and truncations beside the `next.done` that was there."""
    recordings.write(tmp_path / "bare", [3, 4])
    write_relabelled(
        read_existing(tmp_path / "bare"), tmp_path / "new", {0: labels(3, 2), 1: labels(4, None)}
    )
    dataset = LeRobotDataset(recordings.REPO_ID, root=tmp_path / "new")
    assert [float(dataset[i]["next.reward"]) for i in range(7)] == [0, 1, 1, 0, 0, 0, 0]
    assert bool(dataset[6]["next.truncated"])
    assert dataset.features["next.success"]["dtype"] == "bool"


def test_labels_that_were_not_recorded_say_no() -> None:
    """A dataset without rewards, and one without `next.success`."""
    bare = EpisodeLabels.recorded({"frame_index": np.arange(3)})
    assert not np.concatenate([bare.success, bare.done, bare.reward]).any()
    rewarded = EpisodeLabels.recorded(
        {"frame_index": np.arange(3), "next.reward": np.array([0.0, 0.0, 1.0])}
    )
    assert rewarded.success.tolist() == [False, False, True]
