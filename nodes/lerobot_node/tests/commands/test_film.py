"""`dora-hil film`, as it is called."""

from pathlib import Path

import pytest
from filmed_training import write_filmed_training
from harness import called
from PIL import Image


def test_a_film_is_written_and_what_is_in_it_is_said(tmp_path: Path) -> None:
    """The episodes of each part by their numbers."""
    folder = write_filmed_training(tmp_path / "run", [1, 5, 10])
    output = tmp_path / "films" / "training.webp"
    done = called("film", folder, "--output", output)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1:] == [
        "  The first episodes: 1",
        "  Later, helped: 5",
        "  The last episodes: 10",
    ]
    with Image.open(output) as film:
        assert film.format == "WEBP"
        assert film.is_animated


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "dora-hil: nowhere: there is no such folder"),
        (["."], "dora-hil: films: no film of an episode"),
        ([".", "--output=film.gif"], "'film.gif' does not end in .webp"),
        ([".", "--each=0"], "--each"),
        ([], "folder"),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    """And the exit code is not 0."""
    monkeypatch.chdir(tmp_path)
    done = called("film", *arguments)
    assert done.returncode
    assert said in done.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []
