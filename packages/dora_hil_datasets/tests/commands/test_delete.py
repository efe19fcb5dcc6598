"""Deleting episodes in place."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import recordings
from harness import ROOT, command

from dora_hil.errors import UserError
from dora_hil_datasets.dataset.existing import read_existing

main = command("delete")


class Terminal(io.StringIO):
    """A person who types."""

    def isatty(self) -> bool:
        """Say that there is one."""
        return True


def words(root: Path, *others: str) -> list[str]:
    """Return a command line that deletes episode 1."""
    return [f"--repo_id={recordings.REPO_ID}", f"--root={root}", "--episode_indices=[1]", *others]


def files(root: Path) -> dict[str, bytes]:
    """Return what a folder holds."""
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_the_episode_goes_and_the_dataset_as_it_was_stays_beside_it(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others keep their seeds."""
    before = files(root)
    main(words(root, "--yes"))
    edited = read_existing(root)
    assert edited.lengths == (3, 4)
    assert [record.seed for record in edited.records] == [100, 102]
    backup = root.with_name("data_backup_1")
    assert files(backup) == before
    assert f"the dataset as it was before: {backup}" in capsys.readouterr().out
    assert sorted(os.listdir(root.parent)) == ["data", "data_backup_1"]


def test_a_dry_run_says_the_same_and_changes_nothing(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even a time of access is needed."""
    before = files(root.parent)
    main(words(root, "--dry_run"))
    assert "delete episode 1: 2 frames, 0.2 s, seed 101" in capsys.readouterr().out
    assert files(root.parent) == before


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_without_a_yes_nothing_is_deleted(
    root: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """Nor on an end of the input."""
    before = files(root.parent)
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    with pytest.raises(UserError, match="nothing was deleted"):
        main(words(root))
    assert files(root.parent) == before


def test_a_yes_on_the_terminal_deletes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the flag does."""
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    main(words(root))
    assert read_existing(root).episodes == 2


def test_where_nobody_can_be_asked_nothing_is_deleted(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script has to say so."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    with pytest.raises(UserError, match="--yes deletes without asking"):
        main(words(root))
    assert read_existing(root).episodes == 3


def test_the_name_that_people_know_it_by_calls_it(root: Path) -> None:
    """With the same words."""
    script = [sys.executable, f"{ROOT}/scripts/delete_episodes.py", *words(root, "--dry_run")]
    ran = subprocess.run(script, capture_output=True, text=True, check=True)
    assert "delete episode 1: 2 frames, 0.2 s, seed 101" in ran.stdout
