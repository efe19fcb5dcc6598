"""LeRobot's RL training config, the same JSON for learner and actor."""

import contextlib
import io
import json
import logging
from collections.abc import Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import draccus
import torch
from lerobot.policies.gaussian_actor.configuration_gaussian_actor import GaussianActorConfig
from lerobot.policies.gaussian_actor.modeling_gaussian_actor import DefaultImageEncoder
from lerobot.rl.algorithms.factory import make_algorithm_config
from lerobot.rl.train_rl import TrainRLServerPipelineConfig
from lerobot.utils.constants import ACTION
from transformers import AutoConfig

from dora_hil.config import MAX_SEED, ConfigError, Findings, override, read_json, refuse, value_at
from dora_hil.config_keys import shown, unknown_keys, wrong_values
from dora_hil.errors import one_line
from dora_hil.recognitions import Reading, refuse_recognised
from dora_hil.stream.actions import EE_SIZES
from lerobot_node.encoder.efficientnet_lite import check_weights, make_if_missing, way_out
from lerobot_node.hil.workarounds import make_configs_loadable

log = logging.getLogger(__name__)

TRAININGS = Path("outputs/train")
"""A config without `output_dir` trains in a folder of this one, with the name of its job."""


def load(path: Path, overrides: Sequence[str] = ()) -> TrainRLServerPipelineConfig:
    """Read a config with LeRobot's own parser; actor and learner get the same folder and job.

    Args:
        path: JSON; keys that are not LeRobot's are errors.
        overrides: ``--policy.device=cuda`` and the like.

    Raises:
        ConfigError: the file cannot be read, LeRobot does not accept it, its encoder of pictures
            is not there or does not take them, or an action has two lengths.
    """
    raw = override(read_json(path), overrides)
    refuse_recognised(Reading.TRAINING, raw, str(path))
    if value_at(raw, "policy.type") != "gaussian_actor":
        raise ConfigError(f"{path}: policy.type must be gaussian_actor, LeRobot's policy for SAC")
    make_configs_loadable()
    with contextlib.redirect_stderr(io.StringIO()):
        wrong = wrong_values(raw, TrainRLServerPipelineConfig, draccus.decode)
    refuse([*unknown_keys(raw, TrainRLServerPipelineConfig), *wrong], str(path), raw)
    try:
        with draccus.config_type("json"), contextlib.redirect_stderr(io.StringIO()):
            config = draccus.decode(TrainRLServerPipelineConfig, raw)
    except (Exception, SystemExit) as error:
        raise ConfigError(f"{path}: {_reason(error)}") from None
    # LeRobot would name the folder after the second in which each of the two has started.
    config.job_name = config.job_name or path.stem
    config.output_dir = config.output_dir or TRAININGS / config.job_name
    if config.algorithm is None:
        config.algorithm = make_algorithm_config("sac")
    if config.algorithm.policy_config is None:
        config.algorithm.policy_config = config.policy
    found = Findings()
    _check(config, found)
    _check_action(config, found)
    refuse(found.problems, str(path), raw)
    if config.policy.image_features:
        _check_encoder(config.policy, path)
        _check_sizes(config.policy, path)
    return config


_COUNTS: Final = (
    "batch_size",
    "log_freq",
    "save_freq",
    "policy.online_steps",
    "policy.online_buffer_capacity",
    "policy.offline_buffer_capacity",
    "policy.latent_dim",
    "algorithm.utd_ratio",
    "algorithm.policy_update_freq",
    "algorithm.num_critics",
)


def _check(config: TrainRLServerPipelineConfig, found: Findings) -> None:
    """Note what LeRobot accepts, and would end with a traceback on later, or never."""
    policy = config.policy
    found.demand(
        config.seed is not None and 0 <= config.seed < MAX_SEED,
        f"seed: must be a whole number from 0, got {shown(config.seed)}",
    )
    found.demand(
        not policy.push_to_hub or bool(policy.repo_id),
        "policy.push_to_hub: is true where nothing is said; must be false (nothing is uploaded "
        "here; dora-hil publish does it), or policy.repo_id must name a repository",
    )
    for key in _COUNTS:
        count = attrgetter(key)(config)
        found.demand(count >= 1, f"{key}: must be 1 or more, got {shown(count)}")
    before, capacity = policy.online_step_before_learning, policy.online_buffer_capacity
    found.demand(
        before <= capacity,
        f"policy.online_step_before_learning: {before} is more than policy.online_buffer_capacity "
        f"{capacity}: it would never learn",
    )
    port = policy.actor_learner_config.learner_port
    found.demand(
        0 < port < 65536,
        f"policy.actor_learner_config.learner_port: must be 1 to 65535, got {port}",
    )
    found.demand(
        0.0 < config.online_ratio <= 1.0,
        f"online_ratio: must be above 0 and at most 1, got {config.online_ratio:g}",
    )
    for key in ("policy.input_features", "policy.output_features"):
        features = attrgetter(key)(config) or {}
        found.demand(bool(features), f"{key}: must name the columns that the policy has to do with")
        for name, feature in features.items():
            found.demand(
                len(feature.shape) > 0 and all(length and length >= 1 for length in feature.shape),
                f"{key}.{name}.shape: must be lengths of 1 or more, got {list(feature.shape)}",
            )


def _check_action(config: TrainRLServerPipelineConfig, found: Findings) -> None:
    """Note two lengths of an action: the policy is built by the one, what it learns by the other.

    LeRobot replaces `policy.output_features` by what `env.features` says.
    """
    learned = (config.policy.output_features or {}).get(ACTION)
    if config.env is None or learned is None or not learned.shape or None in learned.shape:
        return  # what is no shape is said already
    built = config.env.features.get(ACTION)
    found.demand(
        built is not None and tuple(built.shape) == tuple(learned.shape),
        f"env.features.action: must have the shape of policy.output_features.action, "
        f"{list(learned.shape)}, got {list(built.shape) if built else 'none'}; {_LENGTHS}",
    )
    classes = config.policy.num_discrete_actions
    found.demand(
        classes in (None, 3),
        f"policy.num_discrete_actions: must be 3 (close, stay, open) or null, got {classes}",
    )
    numbers = int(learned.shape[0]) + (classes is not None)
    found.demand(
        numbers in EE_SIZES,
        f"policy.output_features.action: has {learned.shape[0]} numbers, with "
        f"num_discrete_actions {classes} an action would have {numbers}; {_LENGTHS}",
    )


_LENGTHS: Final = (
    "accepted: 3 with num_discrete_actions 3, which adds the gripper; 4 with null; 3 with null for "
    "a body without a gripper"
)


_NETWORK: Final = (
    "input_features",
    "output_features",
    "num_discrete_actions",
    "latent_dim",
    "state_encoder_hidden_dim",
    "image_encoder_hidden_dim",
    "image_embedding_pooling_dim",
    "shared_encoder",
    "actor_network_kwargs",
    "discrete_critic_network_kwargs",
)
"""Keys of the policy that say how large its networks are."""


def check_same_network(config: TrainRLServerPipelineConfig, folder: Path) -> None:
    """Compare the config of a training that is resumed with the checkpoint's policy in a folder.

    Raises:
        ConfigError: its weights have other shapes.
    """
    saved = read_json(folder / "config.json")
    here = json.loads(json.dumps(draccus.encode(config.policy)))
    differing = [
        f"{where} is {shown(now)}, there {shown(then)}"
        for key in _NETWORK
        for where, now, then in _differences(here.get(key), saved.get(key), f"policy.{key}")
    ]
    if differing:
        raise ConfigError(
            f"{folder}: its weights do not fit the config: {'; '.join(differing)}. Go on with the "
            "same, or begin anew in another --output_dir"
        )


def _differences(now: Any, then: Any, key: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield where plain data differ."""
    if isinstance(now, dict) and isinstance(then, dict):
        for name in sorted({*now, *then}):
            yield from _differences(now.get(name), then.get(name), f"{key}.{name}")
    elif now != then:
        yield key, now, then


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
    if make_if_missing(name):
        log.info("made the encoder %s", name)
    try:
        AutoConfig.from_pretrained(name, trust_remote_code=True)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{path}: policy.vision_encoder_name {name} is neither a folder with a model nor one "
            f"of the Hub that can be reached: {one_line(error)}"
            + (f"; {way_out(name)}" if Path(name).is_dir() else "")
        ) from None
    check_weights(name)


def _reason(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return one_line(error)
