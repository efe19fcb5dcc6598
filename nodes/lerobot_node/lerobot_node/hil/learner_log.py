"""Where the learner's figures go: a file, and Weights & Biases if it is wanted."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from lerobot.common.wandb_utils import WandBLogger
from lerobot.rl.train_rl import TrainRLServerPipelineConfig

from dora_hil.config import ConfigError
from dora_hil.errors import one_line
from lerobot_node.hil.metrics import MetricsFile

PER_UPDATE = "Optimization frequency loop [Hz]"
"""LeRobot logs this after every update, beside what it logs every `log_freq` updates."""


class LearnerLog:
    """Stands where LeRobot's learner expects Weights & Biases: a file, and that too if wanted."""

    def __init__(self, metrics: MetricsFile, wandb: WandBLogger | None) -> None:
        """Write to both."""
        self._metrics = metrics
        self._wandb = wandb

    def log_dict(self, d: dict[str, Any], **options: Any) -> None:
        """Take the figures of an update, or of an episode that the actor has sent."""
        if PER_UPDATE not in d:
            self._metrics.write({k: v for k, v in d.items() if isinstance(v, int | float)})
        if self._wandb is not None:
            self._wandb.log_dict(d, **options)


def wandb_logger(config: TrainRLServerPipelineConfig) -> WandBLogger | None:
    """Begin a run of Weights & Biases, or go on with this training's; None where none is wanted.

    Raises:
        ConfigError: it is wanted and cannot be had.
    """
    if not (config.wandb.enable and config.wandb.project):
        return None
    import wandb

    # LeRobot passes `online` where the config says nothing, which overrules the variable.
    config.wandb.mode = config.wandb.mode or os.environ.get("WANDB_MODE")
    if config.wandb.mode not in ("offline", "disabled") and not wandb.api.api_key:
        raise ConfigError(_way_out("there is no key on this machine"))
    # A training that was without it until now begins a run, instead of looking for its own.
    begun = list(Path(config.output_dir, "wandb").glob("latest-run/run-*"))
    resume = config.resume and (config.wandb.run_id is not None or len(begun) == 1)
    try:
        return WandBLogger(replace(config, resume=resume))
    except Exception as error:
        raise ConfigError(_way_out(one_line(error))) from error


def _way_out(reason: str) -> str:
    return (
        f"wandb.enable: Weights & Biases cannot be used: {reason}; `wandb login` once, or "
        "WANDB_MODE=offline (`wandb sync` sends it later), or --wandb.enable=false"
    )
