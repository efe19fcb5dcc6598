"""A dataset with every picture cropped and resized."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_dataset
from lerobot.datasets import LeRobotDataset
from small_dataset import CAMERA, Made

from dora_hil.body.crop import ImagePreprocessing, PictureCrops
from dora_hil_datasets.crop import cropped
from dora_hil_datasets.crop.cropped import cameras_px, write_cropped
from dora_hil_datasets.dataset.existing import read_existing
from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.pictures import read_pictures
from dora_hil_datasets.edit.check import picture_count
from dora_hil_datasets.edit.session import EditError
from dora_hil_datasets.edit.whole import is_whole

CHOICE = ImagePreprocessing({CAMERA: (8, 16, 32, 40)}, (16, 20))
EPISODES = (Made(6, start=0), Made(4, start=1, success=False), Made(5, start=2, driven=range(1, 3)))


def open_at(root: Path) -> LeRobotDataset:
    """Open a dataset as the script does."""
    return LocalDataset(small_dataset.REPO_ID, root).open()


def crops_of(dataset: LeRobotDataset) -> PictureCrops:
    """Return the choice for a dataset."""
    return PictureCrops(CHOICE, cameras_px(dataset))


@pytest.fixture(scope="module", params=[False, True], ids=["pictures", "videos"])
def before(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record three episodes of one camera, 48 px high and 64 px wide, with a note beside them."""
    root = tmp_path_factory.mktemp("before") / "data"
    small_dataset.write_dataset(root, EPISODES, video=request.param)
    (root / "NOTES.md").write_text("by hand\n", encoding="utf-8")
    return root


def content(root: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def after(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Crop it; the old one must not change."""
    root = tmp_path_factory.mktemp("after") / "data"
    dataset, old = open_at(before), content(before)
    write_cropped(dataset, read_existing(before), root, crops_of(dataset))
    assert content(before) == old
    return root


def test_every_picture_is_the_part_of_the_old_one(before: Path, after: Path) -> None:
    """Each at its own frame; exactly, but for what a video's codec loses."""
    old, new = open_at(before), open_at(after)
    crops = crops_of(old)
    assert len(new) == len(old) == 15
    loss = 3 if new.meta.video_keys else 0
    for row in range(len(new)):
        expected = crops.apply(read_pictures(old, row))[CAMERA].astype(int)
        shown = read_pictures(new, row)[CAMERA]
        assert shown.shape == (16, 20, 3)
        assert np.abs(shown - expected).mean() <= loss


def test_lerobot_can_stream_it(after: Path) -> None:
    """However LeRobot has spread it over files."""
    assert is_whole(after)


def test_everything_else_is_as_it_was(before: Path, after: Path) -> None:
    """Every column of every row, and the tasks."""
    old, new = open_at(before), open_at(after)
    assert list(new.features) == list(old.features)
    names = [name for name in old.features if name != CAMERA]
    for name in names:
        one, other = (d.hf_dataset.with_format("numpy")[name] for d in (old, new))
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))
    assert new.meta.tasks.equals(old.meta.tasks)
    assert (new.fps, new.meta.robot_type) == (old.fps, old.meta.robot_type)


def test_the_statistics_are_those_of_the_old_one_but_for_the_pictures(
    before: Path, after: Path
) -> None:
    """Those of the pictures are of the new ones."""
    old, new = (json.loads((root / "meta/stats.json").read_text()) for root in (before, after))
    pictures = [stats.pop(CAMERA) for stats in (old, new)]
    assert new == old
    assert pictures[0]["mean"] != pictures[1]["mean"]


def test_seeds_end_reasons_and_notes_come_along(before: Path, after: Path) -> None:
    """What LeRobot knows nothing of."""
    for name in ("meta/dora_hil_episodes.jsonl", "NOTES.md"):
        assert (after / name).read_bytes() == (before / name).read_bytes()
    assert [record.seed for record in read_existing(after).records] == [0, 1, 2]


def test_a_video_keeps_its_encoding(before: Path, after: Path) -> None:
    """And a picture stays a picture."""
    encodings = []
    for root in (before, after):
        feature = json.loads((root / "meta/info.json").read_text())["features"][CAMERA]
        info = feature.get("info") or {}
        sizes = ("video.height", "video.width")
        encodings.append((feature["dtype"], {k: v for k, v in info.items() if k not in sizes}))
    assert encodings[0] == encodings[1]


def test_a_dataset_of_another_recorder_gets_no_records(tmp_path: Path) -> None:
    """There is nothing to say of its episodes."""
    small_dataset.write_dataset(tmp_path / "bare", [Made(3)], video=False, bare=True)
    dataset = open_at(tmp_path / "bare")
    write_cropped(dataset, read_existing(tmp_path / "bare"), tmp_path / "new", crops_of(dataset))
    assert not (tmp_path / "new/meta/dora_hil_episodes.jsonl").exists()
    assert len(open_at(tmp_path / "new")) == 3


def test_a_picture_that_is_dropped_leaves_no_dataset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LeRobot's encoder drops pictures without an error."""
    root = small_dataset.write_dataset(tmp_path / "data", [Made(4)])
    dataset = open_at(root)
    monkeypatch.setattr(cropped, "picture_count", lambda *of: picture_count(*of) - 1)
    with pytest.raises(EditError, match="would have 3 pictures of 4 frames; nothing was written"):
        write_cropped(dataset, read_existing(root), tmp_path / "new", crops_of(dataset))
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_what_lerobot_cannot_write_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own words, and that the old dataset is unchanged."""
    root = small_dataset.write_dataset(tmp_path / "data", [Made(3)])
    dataset = open_at(root)

    def fail(*_args: Any, **_options: Any) -> None:
        raise ValueError("no such column")

    monkeypatch.setattr(LeRobotDataset, "add_frame", fail)
    with pytest.raises(EditError, match="could not do it: no such column; it is unchanged"):
        write_cropped(dataset, read_existing(root), tmp_path / "new", crops_of(dataset))
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
