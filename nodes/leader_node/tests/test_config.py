"""The leader JSON."""

import json
from pathlib import Path

import pytest

from dora_hil.config import ConfigError
from leader_node.config import LeaderConfig, load
from leader_node.hand_over_rules import HandOverRules, TakeOver

ROOT = Path(__file__).parents[3]


def written(folder: Path, **keys: object) -> Path:
    """Write a config."""
    path = folder / "leader.json"
    path.write_text(json.dumps({"teleop": {"type": "so101_leader", "port": "p"}, **keys}))
    return path


def test_the_shipped_config_holds_every_key_with_its_default() -> None:
    """To copy from."""
    path = ROOT / "configs" / "so101_leader.json"
    config = load(path, [], None)
    assert config == LeaderConfig(config.teleop)
    raw = json.loads(path.read_text())
    assert set(raw) == set(LeaderConfig.__dataclass_fields__)
    assert set(raw["hand_over"]) == set(HandOverRules.__dataclass_fields__)


def test_words_and_the_mode_are_put_over_the_file(tmp_path: Path) -> None:
    """As LeRobot's own commands have it."""
    config = load(written(tmp_path), ["--teleop.port=/dev/x"], TakeOver.PUSH)
    assert config.teleop == {"type": "so101_leader", "port": "/dev/x"}
    assert config.hand_over.take_over is TakeOver.PUSH


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"hand_over": {"speed": 3}}, r"unknown key 'hand_over\.speed'; accepted here: take_over"),
        ({"hand_over": {"take_over": "never"}}, r"hand_over\.take_over: .*'always' or 'push'"),
        ({"hand_over": {"speed_deg_s": 0}}, "speed_deg_s must be a number above 0"),
        ({"torque_limit": 1.5}, "torque_limit must be above 0 and at most 1"),
        ({"robot": {}}, "unknown key 'robot'; accepted here: teleop, hand_over, torque_limit"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, keys: dict[str, object], says: str) -> None:
    """In one line, with the file."""
    with pytest.raises(ConfigError, match=says) as caught:
        load(written(tmp_path, **keys), [], None)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
