"""`dora-hil view`, as it is called."""

import sys
from pathlib import Path

import pytest
import rerun as rr
from harness import command
from lerobot.scripts import lerobot_dataset_viz
from rerun.experimental import RrdReader

from dora_hil.errors import UserError

main = command("view")


def _arguments(small: Path, *more: str) -> list[str]:
    return ["--repo_id", "test/small", "--root", str(small), *more]


def test_one_episode_is_saved_as_a_file(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its name is printed, to be opened with `rerun`."""
    path = tmp_path / "three.rrd"
    main(_arguments(small, "--episode_index", "3", "--save", str(path)))
    assert len(RrdReader(path).recordings()) == 1
    assert capsys.readouterr().out == f"{path}\n"


def test_several_episodes_are_saved_as_a_folder(small: Path, tmp_path: Path) -> None:
    """One recording each."""
    main(_arguments(small, "--episode_indices", "[0,3]", "--save", str(tmp_path / "some")))
    names = sorted(path.name for path in (tmp_path / "some").iterdir())
    assert names == ["episode_000000.rrd", "episode_000003.rrd"]


def test_an_episode_that_does_not_exist_is_said_before_anything_is_written(
    small: Path, tmp_path: Path
) -> None:
    """With those that do exist."""
    with pytest.raises(UserError, match="there is no episode 9; there are 0 to 4"):
        main(_arguments(small, "--episode_index", "9", "--save", str(tmp_path / "nine.rrd")))
    assert not (tmp_path / "nine.rrd").exists()


def test_lerobots_own_tool_shows_the_dataset_too(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command is the one in the script's help."""
    arguments = [
        *("--repo-id", "test/small", "--root", str(small), "--episode-index", "0"),
        *("--save", "1", "--output-dir", str(tmp_path), "--num-workers", "0"),
    ]
    monkeypatch.setattr(sys, "argv", ["lerobot-dataset-viz", *arguments])
    lerobot_dataset_viz.main()
    rr.disconnect()
    assert len(RrdReader(tmp_path / "test_small_episode_0.rrd").recordings()) == 1
