"""The leader JSON: LeRobot's block `teleop`, and how the leader is handed over."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dora_hil.config import override, parse, read_json
from leader_node.hand_over_rules import HandOverRules, TakeOver


@dataclass(frozen=True)
class LeaderConfig:
    """A leader JSON, key by key.

    Attributes:
        teleop: LeRobot's own, as after `--teleop.` of its commands.
        hand_over: see there.
        torque_limit: of Feetech's servos while they hold, as a share of the stall torque.
    """

    teleop: dict[str, Any]
    hand_over: HandOverRules = field(default_factory=HandOverRules)
    torque_limit: float = 0.4

    def __post_init__(self) -> None:
        """Refuse a limit that is none."""
        if not 0.0 < self.torque_limit <= 1.0:
            raise ValueError(f"torque_limit must be above 0 and at most 1, got {self.torque_limit}")


def load(path: Path, words: list[str], take_over: TakeOver | None) -> LeaderConfig:
    """Read a leader JSON; words (`--key.subkey=value`) and the mode, if any, are put over it.

    Raises:
        ConfigError: names the file and the key.
    """
    if take_over is not None:
        words = [*words, f"--hand_over.take_over={take_over}"]
    return parse(override(read_json(path), words), LeaderConfig, str(path))
