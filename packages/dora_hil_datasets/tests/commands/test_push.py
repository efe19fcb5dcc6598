"""Uploading a dataset."""

import re
from pathlib import Path

import huggingface_hub
import pytest
import recordings
from harness import command

from dora_hil.errors import UserError

main = command("push")


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test reach the Hub."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record two episodes."""
    folder = tmp_path_factory.mktemp("push") / "data"
    recordings.write(folder, [4, 3])
    return folder


def words(root: Path, *others: str) -> list[str]:
    """Return a command line."""
    return ["--repo_id=me/pick", f"--root={root}", *others]


def test_a_dry_run_shows_files_sizes_and_card_without_a_network(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And what they add up to."""
    main(words(root, "--dry_run", "--tags=franka,pick"))
    said = capsys.readouterr().out
    assert re.search(r"^ +0\.\d{3} MB  data/chunk-000/file-001\.parquet$", said, re.MULTILINE)
    assert re.search(r"^ +0\.\d{3} MB  in 10 files$", said, re.MULTILINE)
    assert "tags:\n- LeRobot\n- franka\n- pick\n" in said


def test_without_the_hub_it_is_one_line(root: Path) -> None:
    """It names the dataset and the reason."""
    with pytest.raises(UserError) as error:
        main(words(root))
    assert str(error.value) == "me/pick was not uploaded: HF_HUB_OFFLINE is set"


def test_a_name_without_an_owner_is_refused_at_once(root: Path) -> None:
    """The Hub would take it for something else."""
    with pytest.raises(UserError, match="repo_id must be 'user/name', got 'pick'"):
        main(["--repo_id=pick", f"--root={root}"])


def test_a_folder_without_a_dataset_is_refused(tmp_path: Path) -> None:
    """LeRobot would download one into it."""
    with pytest.raises(UserError, match="there is no dataset here"):
        main(words(tmp_path))
