"""Whether the demonstrations fit the config that is to learn from them."""

from collections.abc import Sequence
from pathlib import Path

from lerobot.rl.train_rl import TrainRLServerPipelineConfig

from dora_hil.config import ConfigError
from lerobot_node.dataset.existing import ExistingDataset, read_existing
from lerobot_node.hil.replay_buffer import shapes_of

NEEDED = ("next.reward", "next.done", "complementary_info.discrete_penalty")
"""Without them LeRobot's learner would fail in the middle of an update."""


def check_demonstrations(config: TrainRLServerPipelineConfig) -> None:
    """Read the description of a dataset that lies on this machine.

    Raises:
        ConfigError: its columns are not the config's, or there are too many frames.
        DatasetError: there is no dataset, or it is damaged.
    """
    if config.dataset is None or config.dataset.root is None:
        return
    found = read_existing(Path(config.dataset.root))
    where = f"dataset.root {found.root}"
    for key, expected in shapes_of(config).items():
        if key not in found.features:
            raise ConfigError(f"{where}: has no column {key}, which the policy's config names")
        shape = tuple(found.features[key]["shape"])
        # Pictures are stored HWC, or CHW in other people's datasets.
        if shape != expected and (*shape[2:], *shape[:2]) != expected:
            raise ConfigError(
                f"{where}: {key} has the shape {shape}, expected {expected}; was it recorded with "
                "this environment's config and --action_space=ee_delta?"
            )
    for key in NEEDED:
        if key not in found.features:
            raise ConfigError(f"{where}: has no column {key}, which HIL-SERL needs")
    frames = sum(_lengths(found, config.dataset.episodes, where))
    capacity = config.policy.offline_buffer_capacity
    if frames > capacity:
        raise ConfigError(
            f"{where}: has {frames} frames, policy.offline_buffer_capacity is {capacity}"
        )


def _lengths(found: ExistingDataset, episodes: Sequence[int] | None, where: str) -> tuple[int, ...]:
    """Return the lengths of the episodes that `dataset.episodes` names; of all where it is null.

    Raises:
        ConfigError: there is no such episode.
    """
    if episodes is None:
        return found.lengths
    for index in episodes:
        if not 0 <= index < found.episodes:
            raise ConfigError(
                f"{where}: dataset.episodes: there is no episode {index}; there are 0 to "
                f"{found.episodes - 1}"
            )
    return tuple(found.lengths[index] for index in set(episodes))
