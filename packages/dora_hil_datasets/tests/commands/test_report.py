"""`dora-hil report`, as it is called."""

from pathlib import Path

import pytest
from harness import command

from dora_hil.errors import UserError

main = command("report")


def _arguments(small: Path, *more: str) -> list[str]:
    return ["--repo_id", "test/small", "--root", str(small), *more]


def test_the_page_is_written_and_the_flagged_episodes_are_named(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder for it is created."""
    page = tmp_path / "new" / "page.html"
    main(_arguments(small, "--output", str(page), "--thumbnails", "2"))
    assert page.read_text().count('<img src="data:') == 5 * 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{page} (")
    assert "3 flagged" in lines
    assert "  episode 2: short (4 frames, median 10)" in lines


def test_the_page_goes_to_outputs_by_default(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the dataset's name, so that two reports do not overwrite each other."""
    monkeypatch.chdir(tmp_path)
    main(_arguments(small))
    assert (tmp_path / "outputs" / "test_small_report.html").exists()


def test_a_page_that_cannot_be_written_is_said(small: Path) -> None:
    """With the path and the reason."""
    with pytest.raises(UserError, match=r"/dev/null/page\.html: cannot be written"):
        main(_arguments(small, "--output", "/dev/null/page.html"))


def test_the_dataset_is_not_touched(small: Path, tmp_path: Path) -> None:
    """Not a file is added, not a byte is changed."""
    before = {path: path.read_bytes() for path in small.rglob("*") if path.is_file()}
    main(_arguments(small, "--output", str(tmp_path / "page.html")))
    assert before == {path: path.read_bytes() for path in small.rglob("*") if path.is_file()}
