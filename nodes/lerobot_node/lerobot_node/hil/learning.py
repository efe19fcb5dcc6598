"""LeRobot's learner, run with a log of its own."""

import logging
from pathlib import Path
from typing import Any

import torch
from lerobot.common.wandb_utils import WandBLogger
from lerobot.rl.learner import handle_resume_logic, start_learner_threads
from lerobot.rl.train_rl import TrainRLServerPipelineConfig
from lerobot.utils.process import ProcessSignalHandler
from lerobot.utils.random_utils import set_seed

from lerobot_node.hil.metrics import MetricsFile
from lerobot_node.hil.workarounds import make_learner_sound

log = logging.getLogger(__name__)


class LearnerLog:
    """Stands where LeRobot's learner expects Weights & Biases: a file, and that too if wanted."""

    def __init__(self, metrics: MetricsFile, wandb: WandBLogger | None) -> None:
        """Write to both."""
        self._metrics = metrics
        self._wandb = wandb

    def log_dict(self, d: dict[str, Any], **options: Any) -> None:
        """Take the figures of an update, or of an episode that the actor has sent."""
        if "Optimization frequency loop [Hz]" not in d:
            self._metrics.write({k: v for k, v in d.items() if isinstance(v, int | float)})
        if self._wandb is not None:
            self._wandb.log_dict(d, **options)


def learn(config: TrainRLServerPipelineConfig) -> int:
    """Learn until somebody ends it; returns the exit code."""
    config.validate()
    make_learner_sound()
    logging.getLogger("root").setLevel(logging.WARNING)
    wandb = WandBLogger(config) if config.wandb.enable and config.wandb.project else None
    config = handle_resume_logic(config)
    set_seed(config.seed)
    torch.backends.cudnn.benchmark = True
    is_threaded = config.policy.concurrency.learner == "threads"
    stop = ProcessSignalHandler(is_threaded).shutdown_event
    metrics = MetricsFile(Path(config.output_dir) / "learner_metrics.jsonl")
    start_learner_threads(config, LearnerLog(metrics, wandb), stop)
    metrics.close()
    return 0
