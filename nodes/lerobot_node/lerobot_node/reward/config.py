"""What the reward stage reads: LeRobot's keys of an environment JSON, and one of its own."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dora_hil.body.environment_config import EnvironmentConfig
from dora_hil.config import ConfigError, build, override, parse, read_json, refuse
from dora_hil.config_keys import unknown_keys

_CLASSIFIER = "env.processor.reward_classifier."


@dataclass(frozen=True)
class RewardClassifierSection:
    """`env.processor.reward_classifier`, with LeRobot's names and defaults.

    Attributes:
        pretrained_path: folder of the trained classifier; null passes everything through.
        success_threshold: probability from which on a frame shows success.
        success_reward: of such a frame.
    """

    pretrained_path: Path | None = None
    success_threshold: float = 0.5
    success_reward: float = 1.0

    def __post_init__(self) -> None:
        """Check what the types do not say."""
        if not 0.0 < self.success_threshold < 1.0:
            raise ValueError(
                f"success_threshold: must lie between 0 and 1, got {self.success_threshold:g}"
            )
        if not math.isfinite(self.success_reward):
            raise ValueError("success_reward: must be a number")


@dataclass(frozen=True)
class RewardStageSection:
    """`reward_stage`: what LeRobot has no key for.

    Attributes:
        consecutive_frames: so many frames in a row have to show success before it counts.
    """

    consecutive_frames: int = 1

    def __post_init__(self) -> None:
        """Check what the types do not say."""
        if self.consecutive_frames < 1:
            raise ValueError(
                f"consecutive_frames: must be 1 or more, got {self.consecutive_frames}"
            )


@dataclass(frozen=True)
class RewardConfig:
    """What the stage does.

    Attributes:
        classifier: see `RewardClassifierSection`.
        stage: see `RewardStageSection`.
        terminate_on_success: `env.processor.reset.terminate_on_success`; success ends the episode.
        device: torch's name of where the classifier runs.
    """

    classifier: RewardClassifierSection = field(default_factory=RewardClassifierSection)
    stage: RewardStageSection = field(default_factory=RewardStageSection)
    terminate_on_success: bool = True
    device: str = "cpu"


@dataclass(frozen=True, kw_only=True)
class _File(EnvironmentConfig):
    """The keys that an environment JSON may have, of whatever body."""

    safety: Any = None
    sim: Any = None
    robot: Any = None
    reward_stage: RewardStageSection = field(default_factory=RewardStageSection)


def load(path: Path, words: Sequence[str] = ()) -> RewardConfig:
    """Read the stage's part of an environment JSON; the body's keys in it are read past.

    ``--env.processor.reward_classifier.success_threshold=0.7`` and the like are put over it.

    Raises:
        ConfigError: names the file, the key and what is accepted.
    """
    raw = override(read_json(path), words)
    processor = _block(_block(raw, "env", path), "processor", path)
    classifier, problems = build(
        _block(processor, "reward_classifier", path), RewardClassifierSection, _CLASSIFIER
    )
    stage, more = build(_block(raw, "reward_stage", path), RewardStageSection, "reward_stage.")
    unknown = [text for text in unknown_keys(raw, _File) if text not in (*problems, *more)]
    refuse([*problems, *more, *unknown], str(path), raw)
    picked = {
        "classifier": classifier,
        "stage": stage,
        "terminate_on_success": _block(processor, "reset", path).get("terminate_on_success", True),
        "device": raw.get("device") or "cpu",
    }
    return parse(picked, RewardConfig, str(path))


def _block(raw: dict[str, Any], key: str, path: Path) -> dict[str, Any]:
    block = raw.get(key)
    if block is not None and not isinstance(block, dict):
        raise ConfigError(f"{path}: {key}: expected a block of keys, got {block!r}")
    return block or {}
