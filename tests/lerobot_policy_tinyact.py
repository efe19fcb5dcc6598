"""A LeRobot plugin, as somebody's own policy would be one: ACT under another name."""

from dataclasses import dataclass
from typing import Any

from lerobot.configs import PreTrainedConfig
from lerobot.policies.act.configuration_act import ACTConfig
from lerobot.policies.act.modeling_act import ACTPolicy
from lerobot.processor import make_default_pre_post_processors


@PreTrainedConfig.register_subclass("tinyact")
@dataclass
class TinyActConfig(ACTConfig):  # type: ignore[misc] # LeRobot has no types
    """As ACT's."""


class TinyActPolicy(ACTPolicy):  # type: ignore[misc] # LeRobot has no types
    """As ACT."""

    config_class = TinyActConfig
    name = "tinyact"


def make_tinyact_pre_post_processors(config: TinyActConfig, dataset_stats: Any = None) -> Any:
    """Return them, by the name that LeRobot looks for."""
    return make_default_pre_post_processors(config, dataset_stats, normalizer_device=config.device)
