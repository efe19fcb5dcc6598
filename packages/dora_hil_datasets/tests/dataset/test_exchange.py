"""Two folders that change places."""

from pathlib import Path

import pytest

from dora_hil_datasets.dataset.exchange import exchange


def test_two_folders_change_places_with_all_that_is_in_them(tmp_path: Path) -> None:
    """Also where they are not side by side."""
    one, other = tmp_path / "one", tmp_path / "deeper" / "other"
    for folder in (one, other):
        folder.mkdir(parents=True)
        (folder / folder.name).touch()
    assert exchange(one, other)
    assert [path.name for path in one.iterdir()] == ["other"]
    assert [path.name for path in other.iterdir()] == ["one"]


def test_a_folder_that_is_missing_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    """It is not mistaken for a platform that cannot."""
    one = tmp_path / "one"
    one.mkdir()
    with pytest.raises(FileNotFoundError):
        exchange(one, tmp_path / "missing")
    assert [path.name for path in tmp_path.iterdir()] == ["one"]
