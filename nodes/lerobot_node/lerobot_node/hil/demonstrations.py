"""Whether the demonstrations fit the config that is to learn from them, and the body."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from lerobot.configs import FeatureType
from lerobot.rl.train_rl import TrainRLServerPipelineConfig
from lerobot.utils.constants import ACTION

from dora_hil.actions import EE_NAMES
from dora_hil.config import ConfigError
from dora_hil.spec import ColumnSpec
from dora_hil.timestep import TimeStep
from lerobot_node.dataset.columns import Side, column_of, is_same, policy_column, say
from lerobot_node.dataset.existing import is_dataset, read_existing
from lerobot_node.hil.replay_buffer import shapes_of
from lerobot_node.hil.transitions import SPACE
from lerobot_node.policy.origin import Origin
from lerobot_node.script import root_of

log = logging.getLogger(__name__)

NEEDED = ("next.reward", "next.done", "complementary_info.discrete_penalty")
"""Without them LeRobot's learner would fail in the middle of an update."""

_RECORD_AGAIN = "record them with this environment's config and --action_space=ee_delta"


def check_demonstrations(config: TrainRLServerPipelineConfig) -> None:
    """Read the description of a dataset that lies on this machine, where LeRobot would find it.

    Raises:
        ConfigError: its columns or its rate are not the config's, or there are too many frames.
        DatasetError: there is no dataset, or it is damaged.
    """
    root = _root(config)
    if root is None or (config.dataset.root is None and not is_dataset(root)):
        # None, or one that LeRobot fetches from the Hub.
        return
    found = read_existing(root)
    where = f"dataset.root {found.root}"
    if config.env is not None and found.fps != config.env.fps:
        raise ConfigError(
            f"{where}: was recorded at {found.fps} Hz, env.fps is {config.env.fps}; {_RECORD_AGAIN}"
        )
    for name, expected in _wanted(config).items():
        if name not in found.features:
            raise ConfigError(f"{where}: has no column {name}, which the policy's config names")
        column = column_of(found.features[name])
        if not is_same(expected, column):
            raise ConfigError(
                f"{where}: {name} is {say(column)}, expected {say(expected)}; {_RECORD_AGAIN}"
            )
    if not column_of(found.features[ACTION]).names:
        log.warning("%s: its actions have no names; they are taken for %s", where, SPACE)
    for name in NEEDED:
        if name not in found.features:
            raise ConfigError(f"{where}: has no column {name}, which HIL-SERL needs")
    frames, capacity = sum(found.lengths), config.policy.offline_buffer_capacity
    if frames > capacity:
        raise ConfigError(
            f"{where}: has {frames} frames, policy.offline_buffer_capacity is {capacity}"
        )


def check_body(config: TrainRLServerPipelineConfig, timestep: TimeStep) -> None:
    """Compare the config, and demonstrations that lie here, with what a body says of itself.

    Raises:
        FeatureError: another rate, or other names of the same numbers.
    """
    if config.env is not None:
        way_out = "ENV_CONFIG and the training's env block have to be of the same environment"
        Side("env.fps", way_out).check_fps(config.env.fps, timestep.control_dt_s)
    root = _root(config)
    if root is None or not is_dataset(root):
        return
    features = read_existing(root).features
    side = Side(f"dataset.root {root}", "ENV_CONFIG has to be the environment of its recording")
    for name in config.policy.input_features:
        if name in features:
            side.check_column(name, column_of(features[name]), timestep.spec)


def origin_of(config: TrainRLServerPipelineConfig) -> dict[str, Any]:
    """Return what stands beside the policy as its origin; it acts in deltas at env.fps."""
    root = _root(config)
    is_here = root is not None and is_dataset(root)
    info = dict(Origin.of_dataset(root).info) if root is not None and is_here else {}
    action = _wanted(config)[ACTION]
    described = {"dtype": action.dtype, "shape": action.shape, "names": action.names}
    return {
        **info,
        "fps": config.env.fps,
        "features": {**info.get("features", {}), ACTION: described},
    }


def _root(config: TrainRLServerPipelineConfig) -> Path | None:
    if config.dataset is None:
        return None
    return root_of(config.dataset.repo_id, config.dataset.root and Path(config.dataset.root))


def _wanted(config: TrainRLServerPipelineConfig) -> dict[str, ColumnSpec]:
    """Return the columns of a transition; actions are deltas, with a gripper or without."""
    inputs = config.policy.input_features
    columns = {
        name: policy_column({"type": _kind(feature.type), "shape": feature.shape})
        for name, feature in inputs.items()
    }
    (numbers,) = shapes_of(config)[ACTION]
    return {**columns, ACTION: replace(ColumnSpec((numbers,)), names=EE_NAMES[SPACE][:numbers])}


def _kind(kind: FeatureType) -> str:
    return str(kind.value)
