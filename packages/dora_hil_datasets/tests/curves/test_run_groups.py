"""Trainings by name, and what several come to."""

from pathlib import Path

import numpy as np
import pytest
from trainings import write_whole_training

from dora_hil_datasets.curves.run_groups import RunGroupError, band, run_groups
from dora_hil_datasets.curves.training import Curve


def make_folders(root: Path, *names: str) -> list[Path]:
    """Create folders."""
    folders = [root / name for name in names]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    return folders


def make_curve(places: list[float], values: list[float]) -> Curve:
    """Return a curve whose steps are hundreds of its seconds."""
    seconds = np.array(places)
    return Curve(100 * seconds, seconds, np.array(values), np.ones(len(values)))


def names(*words: object) -> list[str]:
    """Return the names in the legend."""
    return [group.name for group in run_groups([str(word) for word in words])]


@pytest.mark.parametrize(
    "folders", [["gym_hil_state"], ["a/run", "b/run"], ["a", "a/b"], ["lr=0.1,seed=2"]]
)
def test_a_folder_goes_by_as_much_of_its_path_as_tells_it_apart(
    tmp_path: Path, folders: list[str]
) -> None:
    """Not by all of it; sweeps name folders with an equals sign."""
    assert names(*make_folders(tmp_path, *folders)) == folders


def test_the_present_folder_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dot would say nothing."""
    monkeypatch.chdir(*make_folders(tmp_path, "here"))
    assert names(".") == ["here"]


def test_folders_behind_a_name_are_one_group(tmp_path: Path) -> None:
    """In the order in which they are given."""
    a, b, c = make_folders(tmp_path, "a", "b", "c")
    first, second = run_groups([f"with help={a}, {b}", str(c)])
    assert (first.name, first.folders) == ("with help", (a, b))
    assert (second.name, second.folders) == ("c", (c,))


@pytest.mark.parametrize(
    "word", ["{root}/nothing", "x={root}/nothing", "x={root}/a,{root}/nothing"]
)
def test_a_folder_that_does_not_exist_is_named(tmp_path: Path, word: str) -> None:
    """Before anything is read."""
    make_folders(tmp_path, "a")
    with pytest.raises(RunGroupError, match="no such folder"):
        run_groups([word.format(root=tmp_path)])


@pytest.mark.parametrize("word", ["x=", "x=,"])
def test_a_name_without_a_folder_is_refused(word: str) -> None:
    """It does not mean the present folder."""
    with pytest.raises(RunGroupError, match=f"'{word}' names no folder"):
        run_groups([word])


def test_two_curves_of_one_name_are_refused(tmp_path: Path) -> None:
    """One would hide the other."""
    a, b = make_folders(tmp_path, "a", "b")
    with pytest.raises(RunGroupError, match="2 curves are named 'x'"):
        run_groups([f"x={a}", f"x={b}"])


def test_a_group_reads_each_of_its_folders(tmp_path: Path) -> None:
    """Both files of each are watched."""
    a, b = write_whole_training(tmp_path / "a"), write_whole_training(tmp_path / "b", episodes=4)
    (group,) = run_groups([f"x={a},{b}"])
    assert [len(training.episodes.rows) for training in group.read()] == [6, 4]
    assert all(file.exists() for file in group.files())
    assert len(group.files()) == 4


def test_one_curve_is_drawn_as_it_is() -> None:
    """Point by point."""
    alone = band([make_curve([1.0, 2.0, 5.0], [3.0, 1.0, 2.0])], "steps")
    assert alone.places.tolist() == [100.0, 200.0, 500.0]
    assert alone.mean.tolist() == [3.0, 1.0, 2.0]


def test_of_several_curves_there_are_mean_and_range() -> None:
    """Where they were not measured, between their neighbours."""
    curves = [make_curve([0.0, 10.0], [0.0, 10.0]), make_curve([0.0, 5.0, 10.0], [4.0, 4.0, 4.0])]
    shown = band(curves, "time")
    at_8 = int(np.searchsorted(shown.places, 8.0))
    assert shown.places[at_8] == pytest.approx(8.0)
    assert shown.mean[at_8] == pytest.approx(6.0)
    assert shown.low[at_8] == pytest.approx(4.0)
    assert shown.high[at_8] == pytest.approx(8.0)


def test_several_curves_are_drawn_where_all_of_them_are() -> None:
    """The mean does not jump when the slowest one ends."""
    curves = [make_curve([0.0, 10.0], [0.0, 0.0]), make_curve([1.0, 4.0], [1.0, 1.0])]
    shown = band(curves, "time")
    assert shown.places.min() == 1.0
    assert 3.9 < shown.places.max() < 4.0
    assert set(shown.mean.tolist()) == {0.5}


def test_what_a_learner_did_after_the_end_does_not_bend_the_mean() -> None:
    """Its updates all stand at the actor's last step."""
    curve = make_curve([0.0, 10.0, 10.0, 10.0], [1.0, 1.0, 5.0, 9.0])
    assert band([curve, curve], "steps").high.max() == 1.0


def test_curves_that_nowhere_meet_have_no_mean() -> None:
    """One has come to its first value after the other one's last."""
    assert band([make_curve([1.0], [1.0]), make_curve([2.0], [1.0])], "time").places.size == 0
