"""A learner's checkpoints: whole or not there, with the replay buffers inside."""

import json
import logging
import os
import shutil
from pathlib import Path
from typing import Any

import torch
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

from dora_hil.config import ConfigError
from dora_hil.errors import UserError
from lerobot_node.hil.demonstrations import origin_of
from lerobot_node.hil.replay_buffer import WholeReplayBuffer
from lerobot_node.policy import origin

log = logging.getLogger(__name__)

REPLAY_DIR = "replay"
ONLINE, OFFLINE = "online.pt", "offline.pt"


class DivergedError(UserError):
    """Weights that are no numbers any more."""


def last_checkpoint(output_dir: Path) -> Path | None:
    """Return the folder that `last` names, if there is one."""
    link = output_dir / CHECKPOINTS_DIR / LAST_CHECKPOINT_LINK
    return link.resolve() if link.exists() else None


def pretrained_model(output_dir: Path) -> Path | None:
    """Return the newest policy of a run, if there is one."""
    last = last_checkpoint(output_dir)
    return None if last is None else last / PRETRAINED_MODEL_DIR


def prepare(config: TrainRLServerPipelineConfig) -> None:
    """See whether this is to begin or to go on, and let the policy start from there.

    The config given now holds, not the one of the checkpoint, so that a run can go on with
    another port or another learning rate.

    Raises:
        ConfigError: there is something to go on from, but nobody said so; or the reverse.
    """
    last = last_checkpoint(config.output_dir)
    if config.resume and last is None:
        raise ConfigError(f"{config.output_dir}: holds no checkpoint to resume from")
    if not config.resume and last is not None:
        raise ConfigError(
            f"{config.output_dir}: holds a training already; RESUME_TRAINING=1 goes on with it, "
            "--output_dir names another folder"
        )
    if last is not None:
        config.policy.pretrained_path = pretrained_model(config.output_dir)
        log.info("going on from %s", last)


def save(
    *,
    cfg: TrainRLServerPipelineConfig,
    optimization_step: int,
    online_steps: int,
    policy: Any,
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
    """
    check_finite(algorithm)
    folder = get_step_checkpoint_dir(cfg.output_dir, online_steps, optimization_step)
    if folder == last_checkpoint(cfg.output_dir):
        return
    partial = folder.with_name(f"{folder.name}.partial")
    for stale in (partial, folder):
        shutil.rmtree(stale, ignore_errors=True)
    save_checkpoint(
        partial,
        step=optimization_step,
        cfg=cfg,
        policy=policy,
        optimizer=optimizers,
        preprocessor=preprocessor,
        postprocessor=postprocessor,
        scheduler=None,
    )
    if cfg.env is not None:
        text = json.dumps(origin_of(cfg), indent=4)
        (partial / PRETRAINED_MODEL_DIR / origin.FILE).write_text(text)
    algorithm.save_pretrained(partial / ALGORITHM_DIR)
    # The actor counts the steps of a run that goes on; nothing has to be added to them.
    step = {"step": optimization_step, "interaction_step": 0}
    (partial / TRAINING_STATE_DIR / TRAINING_STEP).write_text(json.dumps(step))
    replay = partial / REPLAY_DIR
    replay.mkdir()
    replay_buffer.save(replay / ONLINE)
    if offline_replay_buffer is not None:
        offline_replay_buffer.save(replay / OFFLINE)
    partial.rename(folder)
    _point_to(folder)
    log.info("saved %s", folder)


def _point_to(folder: Path) -> None:
    """Make this the last checkpoint; only that one has its buffers."""
    link = folder.parent / f"{LAST_CHECKPOINT_LINK}.partial"
    link.unlink(missing_ok=True)
    link.symlink_to(folder.name)
    os.replace(link, folder.parent / LAST_CHECKPOINT_LINK)
    for other in folder.parent.glob(f"*/{REPLAY_DIR}"):
        if other.parent.name not in (folder.name, LAST_CHECKPOINT_LINK):
            shutil.rmtree(other)


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
