"""The names that LeRobot gets."""

from typing import Any

import numpy as np
import pytest

from dora_hil_bridge.features import BodyFeatures, FeatureError, feature_name

COLUMNS: dict[str, dict[str, Any]] = {
    "observation.environment_state": {"shape": [1], "names": ["block.x"]},
    "observation.state": {"shape": [3], "names": ["joint1.pos", "joint1.vel", "tcp.x"]},
    "observation.images.wrist": {"shape": [2, 4, 3], "names": ["height", "width", "channels"]},
    "action.ee_delta": {"shape": [2], "names": ["delta_x", "gripper"]},
    "action.joint": {"shape": [2], "names": ["joint1.pos", "gripper.pos"]},
}


@pytest.fixture
def features() -> BodyFeatures:
    """Describe a small body."""
    return BodyFeatures.of("small", ["ee_delta", "joint"], COLUMNS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("joint1.pos", "joint1.pos"),
        ("base.vel", "base.vel"),
        ("gripper", "gripper.pos"),
        ("tcp.x", "tcp.x.pos"),
        ("gripper.position", "gripper.position.pos"),
    ],
)
def test_a_name_ends_in_what_rollout_lets_through(name: str, expected: str) -> None:
    """Else it would be dropped without a word."""
    assert feature_name(name) == expected


def test_observations_are_the_state_then_the_environment_then_the_cameras(
    features: BodyFeatures,
) -> None:
    """Whatever the order in the message."""
    assert features.observation() == {
        "joint1.pos": float,
        "joint1.vel": float,
        "tcp.x.pos": float,
        "block.x.pos": float,
        "wrist": (2, 4, 3),
    }


def test_an_action_space_has_its_own_names(features: BodyFeatures) -> None:
    """Joints keep theirs."""
    assert features.action("ee_delta") == {"delta_x.pos": float, "gripper.pos": float}
    assert features.action("joint") == {"joint1.pos": float, "gripper.pos": float}


def test_a_space_that_the_body_does_not_accept_is_refused_with_those_it_does(
    features: BodyFeatures,
) -> None:
    """Before anything is sent."""
    with pytest.raises(FeatureError, match="'ee_absolute': the body 'small' accepts ee_delta, j"):
        features.action("ee_absolute")


def test_an_observation_has_every_number_under_its_name(features: BodyFeatures) -> None:
    """Python's floats, and the picture as it is."""
    picture = np.ones((2, 4, 3), dtype=np.uint8)
    read = features.read(
        {
            "observation.environment_state": np.array([4.0], dtype=np.float32),
            "observation.state": np.array([1.0, 2.0, 3.0], dtype=np.float32),
            "observation.images.wrist": picture,
        }
    )
    assert list(read) == list(features.observation())
    assert list(read.values())[:4] == [1.0, 2.0, 3.0, 4.0]
    assert type(read["tcp.x.pos"]) is float
    assert read["wrist"] is picture


def test_an_action_is_sent_in_the_bodys_order(features: BodyFeatures) -> None:
    """A dictionary has LeRobot's; what the space does not know is left out."""
    action = {"gripper.pos": 1.0, "other.pos": 9.0, "delta_x.pos": np.float32(0.5)}
    assert list(features.write("ee_delta", action).values()) == [0.5, 1.0]


def test_an_action_of_another_space_is_refused_with_both_sides(features: BodyFeatures) -> None:
    """As LeRobot's return to the initial position sends one at the end of a rollout."""
    with pytest.raises(FeatureError, match=r"ee_delta needs delta_x\.pos, gripper\.pos; got"):
        features.write("ee_delta", {"joint1.pos": 0.0, "gripper.pos": 0.0})


def test_an_action_that_is_no_number_is_not_sent(features: BodyFeatures) -> None:
    """A policy with spoilt weights has these."""
    with pytest.raises(FeatureError, match="must be finite"):
        features.write("ee_delta", {"delta_x.pos": float("nan"), "gripper.pos": 1.0})


@pytest.mark.parametrize("names", [[], ["x", "y"], ["x", "x", "y"]])
def test_numbers_without_names_of_their_own_are_refused(names: list[str]) -> None:
    """LeRobot knows each by its name."""
    columns = {"observation.state": {"shape": [3], "names": names}}
    with pytest.raises(FeatureError, match=r"observation\.state has the shape"):
        BodyFeatures.of("small", [], columns)
