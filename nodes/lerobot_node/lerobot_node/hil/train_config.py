"""LeRobot's RL training config, the same JSON for learner and actor."""

import contextlib
import io
import logging
from collections.abc import Sequence
from pathlib import Path

import draccus
from lerobot.policies.gaussian_actor.configuration_gaussian_actor import GaussianActorConfig
from lerobot.rl.algorithms.factory import make_algorithm_config
from lerobot.rl.train_rl import TrainRLServerPipelineConfig
from transformers import AutoConfig

from dora_hil.config import ConfigError, override, read_json
from dora_hil.errors import one_line
from lerobot_node.encoder.efficientnet_lite import make_if_missing
from lerobot_node.hil.workarounds import make_configs_loadable

log = logging.getLogger(__name__)


def load(path: Path, overrides: Sequence[str] = ()) -> TrainRLServerPipelineConfig:
    """Read a config with LeRobot's own parser.

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
    if config.policy.image_features:
        _check_encoder(config.policy, path)
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
    if make_if_missing(name):
        log.info("made the encoder %s", name)
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
