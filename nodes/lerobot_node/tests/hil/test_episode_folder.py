"""Driven episodes on a disk."""

import os
from pathlib import Path

import pytest

from lerobot_node.hil.episode_folder import (
    RECEIVED,
    UNCONFIRMED,
    EpisodeFolder,
    EpisodeFolderError,
    SentEpisode,
    held,
)


def test_an_episode_comes_back_as_it_was(tmp_path: Path) -> None:
    """To the last byte, line breaks included."""
    episode = SentEpisode(b"a\nb\x00", b"\nfigures\n", 7, {"episode": 3})
    path = EpisodeFolder(tmp_path / "new").add(episode)
    assert SentEpisode.read(path) == episode
    assert SentEpisode.read(path, whole=False).steps == 7


def test_episodes_stay_in_order_also_over_restarts(tmp_path: Path) -> None:
    """What was driven first is sent first."""
    for n in range(3):
        EpisodeFolder(tmp_path).add(SentEpisode(b"", b"", n))
    assert [head.steps for head in EpisodeFolder(tmp_path).heads()] == [0, 1, 2]


def test_only_what_is_safe_elsewhere_is_removed(tmp_path: Path) -> None:
    """By its id."""
    folder = EpisodeFolder(tmp_path)
    kept, gone = SentEpisode(b"", b"", 1), SentEpisode(b"", b"", 2)
    folder.add(kept)
    folder.add(gone)
    folder.remove({gone.id, "another"})
    assert [head.id for head in folder.heads()] == [kept.id]


def test_a_kill_while_it_is_written_leaves_nothing_that_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written beside its place, and renamed."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    folder = EpisodeFolder(tmp_path)
    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        folder.add(SentEpisode(b"x", b"y", 1))
    assert list(tmp_path.iterdir()) != []
    assert EpisodeFolder(tmp_path).heads() == []


def test_a_damaged_file_is_one_line_with_a_way_out(tmp_path: Path) -> None:
    """It is never dropped without a word."""
    path = EpisodeFolder(tmp_path).add(SentEpisode(b"x", b"y", 1))
    path.write_bytes(b"{}\n")
    with pytest.raises(EpisodeFolderError, match=r"cannot be read.*move the file away"):
        EpisodeFolder(tmp_path).heads()


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the folder's name."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EpisodeFolderError, match=r"cannot be written: No space left"):
        EpisodeFolder(tmp_path / "a").add(SentEpisode(b"x", b"y", 1))
    with pytest.raises(EpisodeFolderError, match=r"output_dir .*cannot be written: No space left"):
        hold(tmp_path)


def test_an_output_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    """A file stands in its way, or nobody may write there."""
    (tmp_path / "file").write_text("")
    with pytest.raises(EpisodeFolderError, match=r"output_dir .*file/run: cannot be written"):
        hold(tmp_path / "file/run")


def hold(folder: Path, part: str = RECEIVED) -> None:
    """Hold a folder for a moment."""
    with held(folder, part):
        pass


def test_actor_and_learner_share_a_folder_that_no_second_one_writes_to(tmp_path: Path) -> None:
    """Two trainings would take each other's episodes; afterwards it is free again."""
    with held(tmp_path, UNCONFIRMED), held(tmp_path, RECEIVED):
        for part in (UNCONFIRMED, RECEIVED):
            with pytest.raises(EpisodeFolderError, match=f"writing here: {tmp_path}; end it, or"):
                hold(tmp_path, part)
    hold(tmp_path, UNCONFIRMED)
    hold(tmp_path)
