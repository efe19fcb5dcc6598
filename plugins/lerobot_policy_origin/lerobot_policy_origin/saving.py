"""Puts a description of the dataset beside LeRobot's training config, whenever that is saved."""

import functools
import json
import logging
from pathlib import Path
from typing import Any

from lerobot.configs.train import TrainPipelineConfig

log = logging.getLogger(__name__)

FILE = "dora_hil_dataset.json"


def keep_origins() -> None:
    """Let LeRobot's training configs save it too; LeRobot has no hook for that."""
    stock = TrainPipelineConfig._save_pretrained

    @functools.wraps(stock)
    def save(config: TrainPipelineConfig, save_directory: Path) -> None:
        stock(config, save_directory)
        if config.dataset is None:
            return
        try:
            text = json.dumps(describe(config), indent=4)
            (save_directory / FILE).write_text(text, encoding="utf-8")
        except Exception as error:
            # A training is worth more than this.
            log.warning("%s: no %s beside the policy: %s", save_directory, FILE, error)

    TrainPipelineConfig._save_pretrained = save


def describe(config: TrainPipelineConfig) -> dict[str, Any]:
    """Return a training's dataset: its `meta/info.json`, and its sentences as `tasks`."""
    # Imported late: other commands load this plugin too.
    from lerobot.datasets.dataset_metadata import LeRobotDatasetMetadata

    dataset = config.dataset
    meta = LeRobotDatasetMetadata(
        dataset.repo_id, root=dataset.root, revision=dataset.revision, repo_type=dataset.repo_type
    )
    info: dict[str, Any] = json.loads((meta.root / "meta/info.json").read_text(encoding="utf-8"))
    return {**info, "tasks": [str(task) for task in meta.tasks.index]}
