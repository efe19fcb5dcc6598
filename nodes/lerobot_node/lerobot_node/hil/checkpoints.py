"""A learner's checkpoints: whole or not there, with the replay buffers inside."""

import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.constants import SAFETENSORS_SINGLE_FILE
from lerobot.common.train_utils import get_step_checkpoint_dir, save_checkpoint
from lerobot.rl.train_rl import TrainRLServerPipelineConfig
from lerobot.utils.constants import (
    ALGORITHM_DIR,
    CHECKPOINTS_DIR,
    LAST_CHECKPOINT_LINK,
    PRETRAINED_MODEL_DIR,
    TRAINING_STATE_DIR,
    TRAINING_STEP,
)
from safetensors import SafetensorError

from dora_hil import durable
from dora_hil.config import ConfigError
from dora_hil.errors import UserError, one_line
from lerobot_node.hil import averaged_policy
from lerobot_node.hil.demonstrations import origin_of
from lerobot_node.hil.episode_folder import RECEIVED, UNCONFIRMED, EpisodeFolder
from lerobot_node.hil.replay_buffer import WholeReplayBuffer
from lerobot_node.policy import origin

log = logging.getLogger(__name__)

REPLAY_DIR = "replay"
ONLINE, OFFLINE = "online.pt", "offline.pt"
EPISODES = "episodes.json"


class DivergedError(UserError):
    """Weights that are no numbers any more."""


class SaveError(UserError):
    """A disk that does not take a checkpoint."""


def last_checkpoint(output_dir: Path) -> Path | None:
    """Return the newest whole checkpoint of a training.

    LeRobot goes by the link `last`. Copying (`cp -rL`, scp, zip) makes a folder of it or drops it,
    and some disks have no links: the numbered folders beside it say the same.
    """
    folder = output_dir / CHECKPOINTS_DIR
    last = folder / LAST_CHECKPOINT_LINK
    if last.is_symlink() and _step(last) is not None:
        return Path(last.resolve())
    numbered = [path for path in folder.glob("*") if path.name.isdigit()]
    # The copy called `last` comes after the original of the same step, which has the buffers.
    found = [(_step(path), path) for path in (*numbered, last)]
    whole = [(step, path) for step, path in found if step is not None]
    return max(whole, key=lambda each: each[0], default=(0, None))[1]


def _step(folder: Path) -> int | None:
    """Return a checkpoint's update, None where it is not whole."""
    try:
        content = json.loads((folder / TRAINING_STATE_DIR / TRAINING_STEP).read_text())
        step = int(content["step"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return step if (folder / PRETRAINED_MODEL_DIR / SAFETENSORS_SINGLE_FILE).is_file() else None


def pretrained_model(output_dir: Path) -> Path | None:
    """Return the newest policy of a run, if there is one."""
    last = last_checkpoint(output_dir)
    return None if last is None else last / PRETRAINED_MODEL_DIR


def learned_weights(config: TrainRLServerPipelineConfig) -> Path | None:
    """Return the folder of what a training that is resumed goes on with, beside its policy."""
    last = last_checkpoint(config.output_dir) if config.resume else None
    return None if last is None else last / ALGORITHM_DIR


def with_demonstrations(output_dir: Path) -> Path | None:
    """Return the newest policy of a run, if its checkpoint holds demonstrations."""
    policy = pretrained_model(output_dir)
    has_any = policy is not None and (policy.parent / REPLAY_DIR / OFFLINE).is_file()
    return policy if has_any else None


def stored_episodes(output_dir: Path) -> dict[str, int]:
    """Return the steps of each episode that the last checkpoint's buffers have, by its id.

    Those of a checkpoint from before they were counted are one, of -1 steps.
    """
    last = last_checkpoint(output_dir)
    if last is None:
        return {}
    path = last / REPLAY_DIR / EPISODES
    if not path.is_file():
        return {"before they were counted": -1} if (last / REPLAY_DIR).is_dir() else {}
    stored: dict[str, int] = json.loads(path.read_text())
    return stored


def prepare(config: TrainRLServerPipelineConfig) -> None:
    """See whether this is to begin or to go on, and let the policy start from there.

    The config given now holds, not the one of the checkpoint, so that a run can go on with
    another port or another learning rate. A training that was killed before its first checkpoint
    goes on with the episodes alone.

    Raises:
        ConfigError: there is something to go on from, but nobody said so; or the reverse.
    """
    folder = config.output_dir
    last = last_checkpoint(folder)
    received = len(EpisodeFolder(folder / RECEIVED).paths())
    # What only an actor has there is none of the learner's history: it may have started first.
    waiting = len(EpisodeFolder(folder / UNCONFIRMED).paths())
    if config.resume and last is None and not received + waiting:
        raise ConfigError(f"{folder}: holds no checkpoint to resume from, and no driven episode")
    if not config.resume and (last is not None or received):
        held = f"checkpoint {last.name}" if last else f"{received} driven episode(s)"
        raise ConfigError(
            f"{folder}: holds a training already ({held}); RESUME_TRAINING=1 goes on with it, "
            "TRAIN_ARGS=--output_dir=... begins another in a folder of its own"
        )
    if last is not None:
        if _step(last.parent / LAST_CHECKPOINT_LINK) != _step(last):
            # LeRobot, which looks for `last`, has to find this one.
            _point_to(last)
        config.policy.pretrained_path = pretrained_model(folder)
        log.info("going on from %s", last)
    elif config.resume:
        log.info("%s: no checkpoint yet, going on with the driven episodes", folder)
        config.resume = False


def save(
    *,
    cfg: TrainRLServerPipelineConfig,
    optimization_step: int,
    online_steps: int,
    optimizers: Any,
    replay_buffer: WholeReplayBuffer,
    algorithm: Any,
    offline_replay_buffer: WholeReplayBuffer | None = None,
    preprocessor: Any = None,
    postprocessor: Any = None,
    **_unused: Any,
) -> None:
    """Save a checkpoint beside its place, then put it there.

    Stands where LeRobot's function stood, which exchanges the replay buffers after the checkpoint,
    and deletes the old ones first: killed meanwhile, it leaves a run that cannot go on. It also
    writes them as PNG files, without next states and truncations.

    Raises:
        DivergedError: the weights are not finite; the last checkpoint stays.
        SaveError: the disk does not take it; the last checkpoint stays.
    """
    check_finite(algorithm)
    folder = get_step_checkpoint_dir(cfg.output_dir, online_steps, optimization_step)
    last = last_checkpoint(cfg.output_dir)
    if last is not None and folder.resolve() == last.resolve():
        # Episodes that came since then are among the received ones.
        return
    partial = folder.with_name(f"{folder.name}.partial")
    for stale in (partial, folder):
        shutil.rmtree(stale, ignore_errors=True)
    with _whole_or_not(partial, cfg.output_dir):
        save_checkpoint(
            partial,
            step=optimization_step,
            cfg=cfg,
            policy=averaged_policy.acting(algorithm),
            optimizer=optimizers,
            preprocessor=preprocessor,
            postprocessor=postprocessor,
            scheduler=None,
        )
        if cfg.env is not None:
            text = json.dumps(origin_of(cfg), indent=4)
            (partial / PRETRAINED_MODEL_DIR / origin.FILE).write_text(text)
        algorithm.save_pretrained(partial / ALGORITHM_DIR)
        averaged_policy.save_learned(algorithm, partial / ALGORITHM_DIR)
        # The actor counts the steps of a run that goes on; nothing has to be added to them.
        step = {"step": optimization_step, "interaction_step": 0}
        (partial / TRAINING_STATE_DIR / TRAINING_STEP).write_text(json.dumps(step))
        replay = partial / REPLAY_DIR
        replay.mkdir()
        replay_buffer.save(replay / ONLINE)
        if offline_replay_buffer is not None:
            offline_replay_buffer.save(replay / OFFLINE)
        (replay / EPISODES).write_text(json.dumps(replay_buffer.episodes))
        for path in (*partial.rglob("*"), partial):
            durable.sync(path)
        partial.rename(folder)
        durable.sync(folder.parent)
        _point_to(folder)
        durable.sync(folder.parent)
    # Not before: from here on, this checkpoint is what a training goes on from.
    for other in folder.parent.glob(f"*/{REPLAY_DIR}"):
        if other.parent.name not in (folder.name, LAST_CHECKPOINT_LINK):
            shutil.rmtree(other)
    EpisodeFolder(cfg.output_dir / RECEIVED).remove(replay_buffer.episodes)
    log.info("saved %s", folder)


@contextmanager
def _whole_or_not(partial: Path, output_dir: Path) -> Iterator[None]:
    """Leave nothing of a checkpoint that the disk does not take: it may be full."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise SaveError(
            f"{partial.with_suffix('')}: the checkpoint cannot be written: {one_line(error)}; "
            f"{what_is_kept(output_dir)}"
        ) from None


def what_is_kept(output_dir: Path) -> str:
    """Return what a person is told of what was driven, where a learner ends before its time."""
    return (
        f"driven episodes are kept in {output_dir / RECEIVED}, and RESUME_TRAINING=1 goes on with "
        "them"
    )


def _point_to(folder: Path) -> None:
    """Make this the last checkpoint: by a link, or by a copy where a disk has no links.

    The copy is without the buffers, which only this project reads.
    """
    last = folder.parent / LAST_CHECKPOINT_LINK
    partial = folder.parent / f"{LAST_CHECKPOINT_LINK}.partial"
    if partial.is_dir() and not partial.is_symlink():
        shutil.rmtree(partial)
    partial.unlink(missing_ok=True)
    try:
        partial.symlink_to(folder.name)
    except OSError as error:
        log.info("%s: no link can be made here (%s), a copy it is", last, error.strerror)
        shutil.copytree(folder, partial, ignore=shutil.ignore_patterns(REPLAY_DIR))
    if last.is_dir() and not last.is_symlink():
        # No folder can be replaced by a rename; killed in between, the numbered ones say it.
        number = last.with_name(f"{_step(last) or 0:0{len(folder.name)}d}")
        if number.exists():
            shutil.rmtree(last)
        else:
            last.rename(number)
    os.replace(partial, last)


def check_finite(algorithm: Any) -> None:
    """Check what the actor would get.

    Raises:
        DivergedError: a weight is not finite.
    """
    for part, weights in algorithm.get_weights().items():
        for name, tensor in weights.items():
            if not torch.isfinite(tensor).all():
                raise DivergedError(
                    f"{part}.{name} is not finite after {algorithm.optimization_step} updates: the "
                    "training has diverged (a lower learning rate? a reward or an observation "
                    "out of scale?); the last checkpoint is from before"
                )
