"""`dora-hil report`, as it is called."""

from collections.abc import Callable
from pathlib import Path

import pytest
import small_dataset
from harness import called, command

from dora_hil.errors import UserError

main = command("report")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the small dataset."""
    return small_dataset.write_dataset(tmp_path_factory.mktemp("data") / "small")


def _arguments(root: Path, *more: str) -> list[str]:
    return ["--repo_id", "test/small", "--root", str(root), *more]


def test_the_page_is_written_and_the_flagged_episodes_are_named(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder for it is created."""
    page = tmp_path / "new" / "page.html"
    main(_arguments(root, "--output", str(page), "--thumbnails", "2"))
    assert page.read_text().count('<img src="data:') == 5 * 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{page} (")
    assert "3 flagged" in lines
    assert "  episode 2: short (4 frames, median 10)" in lines


def test_the_page_goes_to_outputs_by_default(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the dataset's name, so that two reports do not overwrite each other."""
    monkeypatch.chdir(tmp_path)
    main(_arguments(root))
    assert (tmp_path / "outputs" / "test_small_report.html").exists()


def test_a_page_that_cannot_be_written_is_said(root: Path) -> None:
    """With the path and the reason."""
    with pytest.raises(UserError, match=r"/dev/null/page\.html: cannot be written"):
        main(_arguments(root, "--output", "/dev/null/page.html"))


def test_the_dataset_is_not_touched(root: Path, tmp_path: Path) -> None:
    """Not a file is added, not a byte is changed."""
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    main(_arguments(root, "--output", str(tmp_path / "page.html")))
    assert before == {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda root: (root / "meta/info.json").unlink(), "there is no dataset here"),
        (
            lambda root: next(root.glob("data/*/*.parquet")).write_bytes(b"PAR1 cut off"),
            "the dataset is damaged",
        ),
        (lambda root: next(root.glob("videos/*/*/*.mp4")).unlink(), "is missing"),
    ],
)
def test_a_dataset_that_cannot_be_read_is_said_in_one_line(
    tmp_path: Path, break_it: Callable[[Path], None], message: str
) -> None:
    """No metadata, a parquet file without its end, a video that is gone."""
    root = small_dataset.write_dataset(tmp_path / "small")
    break_it(root)
    with pytest.raises(UserError, match=message) as error:
        main(_arguments(root))
    assert "\n" not in str(error.value)


def test_an_error_is_one_line_on_stderr_and_creates_nothing(tmp_path: Path) -> None:
    """LeRobot would ask the Hub and create the folder."""
    arguments = _arguments(tmp_path / "nothing")
    run = called("report", *arguments)
    assert run.returncode != 0
    assert run.stderr.startswith("dora-hil: ")
    assert run.stderr.count("\n") == 1
    assert not (tmp_path / "nothing").exists()
