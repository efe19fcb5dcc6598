"""Merging a dataset's files in place."""

import os
from pathlib import Path

import pytest
import recordings
from harness import command

from dora_hil_datasets.dataset.existing import read_existing

main = command("consolidate")


def words(root: Path, *others: str) -> list[str]:
    """Return a command line."""
    return [f"--repo_id={recordings.REPO_ID}", f"--root={root}", *others]


def videos(root: Path) -> list[str]:
    """Return the names of the video files."""
    return sorted(path.name for path in root.glob("videos/*/*/*"))


def test_the_files_become_few_and_the_episodes_stay(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seeds too; nothing else is left beside it."""
    main(words(root))
    assert read_existing(root).lengths == (3, 2, 4)
    assert [record.seed for record in read_existing(root).records] == [100, 101, 102]
    assert videos(root) == ["file-000.mp4"]
    assert os.listdir(root.parent) == ["data"]
    said = capsys.readouterr().out
    assert "3 episodes in 3 data, 3 meta/episodes and 3 video files" in said
    assert "now in 1 data, 1 meta/episodes and 1 video files, after" in said


def test_a_second_time_there_is_nothing_to_merge(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing is touched."""
    main(words(root))
    before = {path: path.stat().st_ino for path in root.rglob("*")}
    main(words(root))
    assert capsys.readouterr().out.endswith("there is nothing to merge\n")
    assert {path: path.stat().st_ino for path in root.rglob("*")} == before


def test_pictures_that_no_row_has_go_out_of_a_single_file_too(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A relabelled copy of an earlier version; LeRobot streams it afterwards."""
    main(words(root))
    recordings.leave_gaps(root, [2, 2, 3])
    main(words(root, "--dry_run"))
    assert "LeRobot cannot stream it as it is, and could then" in capsys.readouterr().out
    main(words(root))
    assert recordings.stream(root) == [(0, 2), (1, 2), (2, 3)]


def test_the_old_dataset_is_kept_where_that_is_asked_for(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And it is said where."""
    main(words(root, "--keep_backup"))
    backup = root.with_name("data_backup_1")
    assert len(videos(backup)) == 3
    assert capsys.readouterr().out.endswith(f"before: {backup}\n")


def test_a_dry_run_changes_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says how many files there are, and how few there could be."""
    before = {path: path.stat().st_mtime_ns for path in root.parent.rglob("*")}
    main(words(root, "--dry_run"))
    assert "could be in 1 data, 1 meta/episodes and 1 video files" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in root.parent.rglob("*")} == before
