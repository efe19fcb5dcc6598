"""LeRobot's RL training config, the same JSON for learner and actor."""

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path

import draccus
import torch
from lerobot.policies.gaussian_actor.configuration_gaussian_actor import GaussianActorConfig
from lerobot.policies.gaussian_actor.modeling_gaussian_actor import DefaultImageEncoder
from lerobot.rl.algorithms.factory import make_algorithm_config
from lerobot.rl.train_rl import TrainRLServerPipelineConfig
from lerobot.utils.constants import ACTION
from transformers import AutoConfig

from dora_hil.config import ConfigError, override, read_json
from dora_hil.errors import one_line
from dora_hil.recognitions import Reading, refuse_recognised
from lerobot_node.hil.workarounds import make_configs_loadable


def load(path: Path, overrides: Sequence[str] = ()) -> TrainRLServerPipelineConfig:
    """Read a config with LeRobot's own parser.

    Args:
        path: JSON; keys that are not LeRobot's are errors.
        overrides: ``--policy.device=cuda`` and the like.

    Raises:
        ConfigError: the file cannot be read, LeRobot does not accept it, its encoder of pictures
            is not there or does not take them, or an action has two lengths.
    """
    raw = override(read_json(path), overrides)
    refuse_recognised(Reading.TRAINING, raw, str(path))
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
    _check_action(config, path)
    if config.policy.image_features:
        _check_encoder(config.policy, path)
        _check_sizes(config.policy, path)
    if config.algorithm is None:
        config.algorithm = make_algorithm_config("sac")
    if config.algorithm.policy_config is None:
        config.algorithm.policy_config = config.policy
    return config


def _check_action(config: TrainRLServerPipelineConfig, path: Path) -> None:
    """Refuse two lengths of an action: the policy is built by the one, what it learns by the other.

    LeRobot replaces `policy.output_features` by what `env.features` says.
    """
    if config.env is None:
        return
    rule = "3 numbers and num_discrete_actions 3, or 4 with the gripper among them and null"
    built = config.env.features.get(ACTION)
    if built is None:
        raise ConfigError(f"{path}: env.features.action is missing; accepted: {rule}")
    learned = config.policy.output_features[ACTION]
    if tuple(built.shape) != tuple(learned.shape):
        raise ConfigError(
            f"{path}: env.features.action has the shape {list(built.shape)}, "
            f"policy.output_features.action {list(learned.shape)}; accepted in both: {rule}"
        )


def _check_sizes(policy: GaussianActorConfig, path: Path) -> None:
    """Refuse pictures that LeRobot's encoder fails on with the first of them."""
    shapes = {name: tuple(policy.input_features[name].shape) for name in policy.image_features}
    said = ", ".join(f"{name} {list(shape)}" for name, shape in shapes.items())
    resize = "env.processor.image_preprocessing.resize_size makes others"
    if len(set(shapes.values())) > 1:
        raise ConfigError(
            f"{path}: policy.input_features: pictures of one size are needed, got {said}; {resize}"
        )
    if policy.vision_encoder_name is None:
        try:
            # Nothing is computed there, only what becomes of the sizes.
            with torch.device("meta"):
                DefaultImageEncoder(policy)(torch.zeros(1, *next(iter(shapes.values()))))
        except RuntimeError:
            raise ConfigError(
                f"{path}: policy.input_features: pictures are too small for LeRobot's own encoder, "
                f"got {said}; {resize}"
            ) from None


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
