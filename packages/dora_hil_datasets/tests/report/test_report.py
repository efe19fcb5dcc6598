"""The report of a whole dataset."""

import tempfile
from pathlib import Path

import pytest
import small_dataset

from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.report.report import Report, make_report, shared_root


@pytest.fixture(scope="module")
def report(small: Path) -> Report:
    """Report on the small dataset."""
    return make_report(LocalDataset(small_dataset.REPO_ID, small), thumbnails=3, played=6)


def test_the_bad_episodes_are_the_flagged_ones(report: Report) -> None:
    """1 failed, 2 is short, 3 ran out of time; 0 and 4 are as they should be."""
    names = {i: [flag.name for flag in flags] for i, flags in report.findings.flags.items()}
    assert names == {1: ["no success"], 2: ["short"], 3: ["no success"]}


def test_the_summary_counts_episodes_frames_and_successes(report: Report) -> None:
    """It is what the terminal shows."""
    assert report.summary.startswith(
        "episodes: 5, frames: 47, duration: 4.7 s, successes: 3, a person took over: 9 %"
    )


def test_the_page_plays_every_episode_and_says_what_that_costs(report: Report) -> None:
    """One picture for each camera holds the frames."""
    assert report.html.count('data-sprite="data:image/jpeg;base64,') == 5
    assert f"Pictures take {report.picture_bytes // 1000} KB of this page an episode" in report.html
    assert 0 < report.picture_bytes < len(report.html) / 5


def test_a_dimension_that_never_moves_is_pointed_out(report: Report) -> None:
    """The second one of the action is constant."""
    assert report.html.count("never moves") == 1


def test_a_page_that_is_sent_to_somebody_says_nothing_of_this_machine(report: Report) -> None:
    """The folder is named as the commands need it, from where they are given."""
    assert "uv run dora-hil delete --repo_id test/small" in report.html
    assert 'value="small one"' in report.html
    assert str(Path.home()) not in report.html
    assert tempfile.gettempdir() not in report.html


def test_a_dataset_below_the_working_directory_is_named_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However its folder was given; one elsewhere by its name alone."""
    monkeypatch.chdir(tmp_path)
    assert shared_root(tmp_path / "outputs/cubes") == "outputs/cubes"
    assert shared_root(Path("outputs/../outputs/cubes")) == "outputs/cubes"
    assert shared_root(tmp_path.parent / "cubes") == "cubes"


@pytest.mark.parametrize("video", [True, False])
def test_a_dataset_of_another_recorder_is_shown_as_far_as_it_goes(
    tmp_path: Path, *, video: bool
) -> None:
    """Without rewards, flags and interventions only the short episode stands out."""
    root = small_dataset.write_dataset(tmp_path / "bare", video=video, bare=True)
    report = make_report(LocalDataset("other/bare", root), thumbnails=2)
    assert list(report.findings.flags) == [2]
    assert "successes" not in report.summary
    assert "a person had the arm" not in report.html
    assert "a person took over" not in report.html


def test_a_damaged_video_is_reported_and_the_numbers_are_still_shown(tmp_path: Path) -> None:
    """One file holds all five episodes."""
    root = small_dataset.write_dataset(tmp_path / "small")
    (video,) = root.glob("videos/*/*/*.mp4")
    video.write_bytes(b"no video" * 100)
    report = make_report(LocalDataset("test/small", root), thumbnails=2)
    assert all(
        "pictures unreadable" in {flag.name for flag in report.findings.flags[index]}
        for index in range(5)
    )
    assert report.html.count("<polyline") == 5 * 4
