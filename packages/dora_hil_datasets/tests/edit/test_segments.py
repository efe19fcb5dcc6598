"""A dataset made of parts of the episodes of others."""

from pathlib import Path

import numpy as np
import pytest
from lerobot.datasets import LeRobotDataset
from small_dataset import CAMERA, REPO_ID, Made, write_dataset

from dora_hil_datasets.dataset.existing import read_existing
from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.pictures import read_pictures
from dora_hil_datasets.edit.segments import Segment, write_segments
from dora_hil_datasets.edit.session import EditError
from dora_hil_datasets.edit.whole import is_whole

WHOLE, CORRECTED = Segment(0, 1, 0, 6), Segment(1, 0, 3, 7)


@pytest.fixture(scope="module", params=[False, True], ids=["pictures", "videos"])
def sources(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[LocalDataset]:
    """Record demonstrations, and an attempt in which a person drove."""
    folder = tmp_path_factory.mktemp("sources")
    made = [(Made(4, start=2), Made(6, start=1)), (Made(10, start=4, driven=range(3, 7)),)]
    return [
        LocalDataset(REPO_ID, write_dataset(folder / str(i), episodes, video=request.param))
        for i, episodes in enumerate(made)
    ]


@pytest.fixture(scope="module")
def written(sources: list[LocalDataset], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Take a whole episode of the one, and what the person drove of the other, twice."""
    root = tmp_path_factory.mktemp("written") / "data"
    write_segments(sources, [WHOLE, CORRECTED, CORRECTED], root, "test/parts")
    return root


def test_every_row_is_the_one_that_was_recorded(sources: list[LocalDataset], written: Path) -> None:
    """To LeRobot each part is an episode; pictures may have lost a little."""
    new = LeRobotDataset("test/parts", root=written)
    old = [source.open() for source in sources]
    rows = [*((0, 4 + i) for i in range(6)), *((1, i) for i in range(3, 7))]
    assert len(new) == 6 + 4 + 4
    for index, (source, row) in enumerate([*rows, *rows[6:]]):
        is_, was = new[index], old[source][row]
        for key in ("observation.state", "action", "next.reward", "next.done", "task"):
            assert np.all(np.asarray(is_[key] == was[key]))
        seen, recorded = (
            read_pictures(of, at)[CAMERA] for of, at in ((new, index), (old[source], row))
        )
        assert np.abs(seen.astype(int) - recorded).mean() < 3
    assert [int(new[i]["frame_index"]) for i in range(len(new))] == [
        *range(6),
        *range(4),
        *range(4),
    ]


def test_what_was_known_of_an_episode_is_known_of_its_parts(written: Path) -> None:
    """Where it was placed, and how much of the part a person drove."""
    existing = read_existing(written)
    assert existing.lengths == (6, 4, 4)
    assert [record.seed for record in existing.records] == [1, 4, 4]
    assert [record.interventions for record in existing.records] == [0, 4, 4]
    assert is_whole(written)


def test_sources_that_do_not_fit_one_another_are_refused(tmp_path: Path) -> None:
    """With the column that differs; nothing is written."""
    one, other = (
        LocalDataset(REPO_ID, write_dataset(tmp_path / name, [Made(3)], video=False, bare=bare))
        for name, bare in (("one", False), ("other", True))
    )
    with pytest.raises(EditError, match=r"is_intervention is bool \[1\] in .*one, missing in"):
        write_segments([one, other], [Segment(0, 0, 0, 3)], tmp_path / "new", REPO_ID)
    assert not (tmp_path / "new").exists()
