"""A dataset made from another one."""

from pathlib import Path

import pytest

from lerobot_node.edit.aside import check_is_new, written_aside
from lerobot_node.edit.session import EditError


def test_what_is_written_aside_takes_its_place_in_the_end(tmp_path: Path) -> None:
    """And not before."""
    root = tmp_path / "new"
    with written_aside(root) as aside:
        aside.mkdir()
        (aside / "file").touch()
        assert not root.exists()
    assert [path.name for path in tmp_path.rglob("*")] == ["new", "file"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_of_what_went_wrong(tmp_path: Path, error: type[BaseException]) -> None:
    """Nor of what a person has stopped."""

    def write() -> None:
        with written_aside(tmp_path / "new") as aside:
            aside.mkdir()
            raise error

    with pytest.raises(error):
        write()
    assert not list(tmp_path.iterdir())


def test_what_a_killed_run_has_left_is_removed(tmp_path: Path) -> None:
    """It is nobody's."""
    (tmp_path / ".new.unfinished" / "data").mkdir(parents=True)
    with written_aside(tmp_path / "new") as aside:
        assert not aside.exists()
        aside.mkdir()
    assert [path.name for path in tmp_path.rglob("*")] == ["new"]


def test_a_folder_that_is_there_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Whatever it holds."""
    with pytest.raises(EditError, match="is there already; --new_root names a folder to be made"):
        check_is_new(tmp_path)
    with pytest.raises(EditError), written_aside(tmp_path):
        pass
    assert tmp_path.exists()
