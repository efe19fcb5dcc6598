"""Which checkpoint a training goes on from, however its folder came here."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lerobot.common.train_utils import load_training_step

from dora_hil.config import ConfigError
from lerobot_node.hil import checkpoints
from lerobot_node.hil.checkpoints import last_checkpoint, prepare, stored_episodes
from lerobot_node.hil.episode_folder import RECEIVED, UNCONFIRMED, EpisodeFolder, SentEpisode


def write(run: Path, step: int, name: str = "") -> Path:
    """Write what is looked at of a checkpoint."""
    folder = run / "checkpoints" / (name or f"{step:06d}")
    for part in ("pretrained_model", "training_state", "replay"):
        (folder / part).mkdir(parents=True)
    (folder / "pretrained_model/model.safetensors").write_text("")
    (folder / "training_state/training_step.json").write_text(json.dumps({"step": step}))
    (folder / "replay/online.pt").write_text(f"driven until {step}")
    (folder / "replay/episodes.json").write_text(json.dumps({f"e{step}": step}))
    return folder


def config(run: Path, *, resume: bool = True) -> Any:
    """Return what `prepare` looks at of a config."""
    return SimpleNamespace(
        output_dir=run, resume=resume, policy=SimpleNamespace(pretrained_path=None)
    )


def link(run: Path, step: int) -> None:
    """Make a checkpoint the last one, as a learner does."""
    checkpoints._point_to(run / f"checkpoints/{step:06d}")


def test_the_link_says_which_is_the_last(tmp_path: Path) -> None:
    """A newer one beside it was killed before it was made the last."""
    write(tmp_path, 10)
    link(tmp_path, 10)
    write(tmp_path, 20)
    assert last_checkpoint(tmp_path) == tmp_path / "checkpoints/000010"


def test_a_lost_link_is_found_out_and_nothing_is_deleted(tmp_path: Path) -> None:
    """The newest whole one is taken; LeRobot, which goes by the link, finds it too."""
    write(tmp_path, 10)
    newest = write(tmp_path, 20)
    (write(tmp_path, 30) / "pretrained_model/model.safetensors").unlink()
    with pytest.raises(ConfigError, match=r"holds a training already \(checkpoint 000020\)"):
        prepare(config(tmp_path, resume=False))
    found = sorted(path.parent.parent.name for path in tmp_path.rglob("online.pt"))
    assert found == ["000010", "000020", "000030"]
    going_on = config(tmp_path)
    prepare(going_on)
    assert going_on.policy.pretrained_path.samefile(newest / "pretrained_model")
    assert load_training_step(tmp_path / "checkpoints/last/training_state") == 20
    assert (newest / "replay/online.pt").read_text() == "driven until 20"


@pytest.mark.parametrize("keeps", ["both", "last alone"])
def test_a_training_that_was_copied_goes_on(tmp_path: Path, keeps: str) -> None:
    """By `cp -rL`, scp or zip, the link has become a folder."""
    write(tmp_path / "a", 10)
    link(tmp_path / "a", 10)
    copied = tmp_path / "b"
    shutil.copytree(tmp_path / "a", copied)
    assert not (copied / "checkpoints/last").is_symlink()
    if keeps == "last alone":
        shutil.rmtree(copied / "checkpoints/000010")
    prepare(config(copied))
    last = last_checkpoint(copied)
    assert last is not None
    assert (last / "replay/online.pt").read_text() == "driven until 10"
    assert stored_episodes(copied) == {"e10": 10}
    write(copied, 20)
    link(copied, 20)
    assert last_checkpoint(copied) == copied / "checkpoints/000020"
    assert (copied / "checkpoints/000010/replay/online.pt").is_file()


def test_a_disk_without_links_has_a_copy_without_the_buffers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAT and exFAT, some network drives: LeRobot finds `last` all the same, twice in a row."""

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.symlink", refused)
    for step in (10, 20):
        write(tmp_path, step)
        link(tmp_path, step)
        last = tmp_path / "checkpoints/last"
        assert load_training_step(last / "training_state") == step
        assert (last / "pretrained_model/model.safetensors").is_file()
        assert not (last / "replay").exists()
        assert last_checkpoint(tmp_path) == tmp_path / f"checkpoints/{step:06d}"
    found = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert found == ["000010", "000020", "last"]


def test_episodes_are_a_training_before_any_checkpoint(tmp_path: Path) -> None:
    """It was killed early: nothing is begun on top of it, and it can be gone on with."""
    EpisodeFolder(tmp_path / RECEIVED).add(SentEpisode(b"", b"", 5))
    with pytest.raises(ConfigError, match=r"\(1 driven episode\(s\)\); RESUME_TRAINING=1"):
        prepare(config(tmp_path, resume=False))
    going_on = config(tmp_path)
    prepare(going_on)
    # LeRobot would look for a checkpoint.
    assert going_on.resume is False


@pytest.mark.parametrize("resume", [True, False])
def test_a_learner_may_come_after_its_actor(tmp_path: Path, resume: bool) -> None:
    """Which has driven already, in the same folder."""
    EpisodeFolder(tmp_path / UNCONFIRMED).add(SentEpisode(b"", b"", 5))
    prepare(config(tmp_path, resume=resume))


def test_there_must_be_something_to_go_on_from(tmp_path: Path) -> None:
    """A checkpoint, or an episode."""
    with pytest.raises(ConfigError, match="no checkpoint to resume from, and no driven episode"):
        prepare(config(tmp_path))


def test_a_checkpoint_from_before_episodes_were_counted_is_known_as_such(tmp_path: Path) -> None:
    """It has some; how many, nobody knows."""
    (write(tmp_path, 10) / "replay/episodes.json").unlink()
    assert list(stored_episodes(tmp_path).values()) == [-1]
