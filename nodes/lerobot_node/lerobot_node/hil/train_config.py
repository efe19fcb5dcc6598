"""LeRobot's RL training config, the same JSON for learner and actor."""

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path

import draccus
from lerobot.policies.gaussian_actor.configuration_gaussian_actor import GaussianActorConfig
from lerobot.rl.algorithms.factory import make_algorithm_config
from lerobot.rl.train_rl import TrainRLServerPipelineConfig
from transformers import AutoConfig

from dora_hil.config import ConfigError, override, read_json
from dora_hil.errors import one_line
from lerobot_node.hil.workarounds import make_configs_loadable

TRAININGS = Path("outputs/train")
"""A config without `output_dir` trains in a folder of this one, with the name of its job."""


def load(path: Path, overrides: Sequence[str] = ()) -> TrainRLServerPipelineConfig:
    """Read a config with LeRobot's own parser; actor and learner get the same folder and job.

    Args:
        path: JSON; keys that are not LeRobot's are errors.
        overrides: ``--policy.device=cuda`` and the like.

    Raises:
        ConfigError: the file cannot be read, LeRobot does not accept it, or its encoder of
            pictures is not there.
    """
    raw = override(read_json(path), overrides)
    policy = raw.get("policy")
    if not isinstance(policy, dict) or policy.get("type") != "gaussian_actor":
        raise ConfigError(f"{path}: policy.type must be gaussian_actor, LeRobot's policy for SAC")
    make_configs_loadable()
    printed = io.StringIO()
    try:
        with draccus.config_type("json"), contextlib.redirect_stderr(printed):
            config = draccus.decode(TrainRLServerPipelineConfig, raw)
    except (Exception, SystemExit) as error:
        raise ConfigError(f"{path}: {_reason(error)}") from None
    # LeRobot would name the folder after the second in which each of the two has started.
    config.job_name = config.job_name or path.stem
    config.output_dir = config.output_dir or TRAININGS / config.job_name
    if config.policy.image_features:
        _check_encoder(config.policy, path)
    policy = config.policy
    if policy.online_step_before_learning > policy.online_buffer_capacity:
        raise ConfigError(
            f"{path}: policy.online_step_before_learning {policy.online_step_before_learning} is "
            f"more than policy.online_buffer_capacity {policy.online_buffer_capacity}: it would "
            "never learn"
        )
    if config.algorithm is None:
        config.algorithm = make_algorithm_config("sac")
    if config.algorithm.policy_config is None:
        config.algorithm.policy_config = config.policy
    return config


def _check_encoder(policy: GaussianActorConfig, path: Path) -> None:
    """Refuse an encoder that is not there, and one that would never be trained.

    LeRobot freezes encoders by default, also its own one, whose weights are random then.
    """
    name = policy.vision_encoder_name
    if name is None:
        if policy.freeze_vision_encoder:
            raise ConfigError(
                f"{path}: policy.freeze_vision_encoder is true and policy.vision_encoder_name null:"
                " an encoder with random weights would never be trained; set one or the other"
            )
        return
    try:
        AutoConfig.from_pretrained(name, trust_remote_code=True)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{path}: policy.vision_encoder_name {name} is neither a folder with a model nor one "
            f"of the Hub that can be reached: {one_line(error)}"
        ) from None


def _reason(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return one_line(error)
