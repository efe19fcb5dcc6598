"""`dora-hil view`, as it is called."""

import sys
from pathlib import Path

import pytest
import rerun as rr
import small_dataset
from harness import called, command
from lerobot.scripts import lerobot_dataset_viz
from rerun.experimental import RrdReader

from dora_hil.errors import UserError

main = command("view")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the small dataset."""
    return small_dataset.write_dataset(tmp_path_factory.mktemp("data") / "small")


def _arguments(root: Path, *more: str) -> list[str]:
    return ["--repo_id", "test/small", "--root", str(root), *more]


def test_one_episode_is_saved_as_a_file(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its name is printed, to be opened with `rerun`."""
    path = tmp_path / "three.rrd"
    main(_arguments(root, "--episode_index", "3", "--save", str(path)))
    assert len(RrdReader(path).recordings()) == 1
    assert capsys.readouterr().out == f"{path}\n"


def test_several_episodes_are_saved_as_a_folder(root: Path, tmp_path: Path) -> None:
    """One recording each."""
    main(_arguments(root, "--episode_indices", "[0,3]", "--save", str(tmp_path / "some")))
    names = sorted(path.name for path in (tmp_path / "some").iterdir())
    assert names == ["episode_000000.rrd", "episode_000003.rrd"]


def test_an_episode_that_does_not_exist_is_said_before_anything_is_written(
    root: Path, tmp_path: Path
) -> None:
    """With those that do exist."""
    with pytest.raises(UserError, match="there is no episode 9; there are 0 to 4"):
        main(_arguments(root, "--episode_index", "9", "--save", str(tmp_path / "nine.rrd")))
    assert not (tmp_path / "nine.rrd").exists()


def test_a_damaged_video_is_said_in_one_line(tmp_path: Path) -> None:
    """The decoder's own words, without its pages."""
    root = small_dataset.write_dataset(tmp_path / "small")
    (video,) = root.glob("videos/*/*/*.mp4")
    video.write_bytes(b"no video" * 100)
    with pytest.raises(UserError) as error:
        main(_arguments(root, "--episode_index", "0", "--save", str(tmp_path / "zero.rrd")))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "[]", "[a]", "[1.5]", "[true]"])
def test_what_is_no_list_of_episodes_is_refused(
    root: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With an example of one."""
    with pytest.raises(SystemExit):
        main(_arguments(root, "--episode_indices", text))
    assert "is not a list of episode indices such as [41,42]" in capsys.readouterr().err


def test_an_error_is_one_line_on_stderr_and_creates_nothing(tmp_path: Path) -> None:
    """LeRobot would ask the Hub and create the folder."""
    arguments = _arguments(tmp_path / "nothing", "--episode_index", "0")
    run = called("view", *arguments)
    assert run.returncode != 0
    assert run.stderr.startswith("dora-hil: ")
    assert run.stderr.count("\n") == 1
    assert not (tmp_path / "nothing").exists()


def test_lerobots_own_tool_shows_the_dataset_too(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command is the one in the script's help."""
    arguments = [
        *("--repo-id", "test/small", "--root", str(root), "--episode-index", "0"),
        *("--save", "1", "--output-dir", str(tmp_path), "--num-workers", "0"),
    ]
    monkeypatch.setattr(sys, "argv", ["lerobot-dataset-viz", *arguments])
    lerobot_dataset_viz.main()
    rr.disconnect()
    assert len(RrdReader(tmp_path / "test_small_episode_0.rrd").recordings()) == 1
