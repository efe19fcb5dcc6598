"""Every observation that a robot can give."""

import numpy as np
import pytest

from dora_hil.config import ConfigError
from robot_node.features import Sensors, privileged_columns, state_column

JOINTS, UNITS = ("elbow.pos", "gripper.pos"), ("deg", "0 to 100")


def sensors() -> Sensors:
    """Return a posture."""
    made = Sensors.of(2)
    made.joint_pos, made.joint_vel = np.array([10.0, 20.0]), np.array([1.0, 2.0])
    made.joint_target, made.motor_current_ma = np.array([11.0, 21.0]), np.array([65.0, 130.0])
    made.tcp_xyz_m, made.target_xyz_m = np.array([0.1, 0.2, 0.3]), np.array([0.2, 0.2, 0.2])
    made.gripper_opening = 0.25
    return made


@pytest.mark.parametrize(
    ("feature", "names", "units", "numbers"),
    [
        ("joint_pos", JOINTS, UNITS, [10, 20]),
        ("joint_vel", ("elbow.vel", "gripper.vel"), ("deg/s", "0 to 100/s"), [1, 2]),
        ("joint_target", ("elbow.target", "gripper.target"), UNITS, [11, 21]),
        ("motor_current", ("elbow.current", "gripper.current"), ("mA", "mA"), [65, 130]),
        ("tcp_xyz_m", ("tcp.x", "tcp.y", "tcp.z"), ("m",) * 3, [0.1, 0.2, 0.3]),
        ("target_xyz_m", ("target.x", "target.y", "target.z"), ("m",) * 3, [0.2, 0.2, 0.2]),
        (
            "target_from_tcp_m",
            ("target_from_tcp.x", "target_from_tcp.y", "target_from_tcp.z"),
            ("m",) * 3,
            [0.1, 0.0, -0.1],
        ),
    ],
)
def test_a_feature_has_a_name_and_a_unit_for_each_of_its_numbers(
    feature: str, names: tuple[str, ...], units: tuple[str, ...], numbers: list[float]
) -> None:
    """LeRobot's names where it has them."""
    column = state_column([feature], JOINTS, UNITS, has_kinematics=True)
    assert (column.spec.names, column.spec.units) == (names, units)
    np.testing.assert_allclose(column.read(sensors()), numbers, atol=1e-6)


def test_the_state_has_its_features_in_the_order_asked_for() -> None:
    """One after the other."""
    column = state_column(["joint_vel", "joint_pos"], JOINTS, UNITS, has_kinematics=False)
    np.testing.assert_array_equal(column.read(sensors()), [1, 2, 10, 20])


def test_an_unknown_feature_is_refused_with_the_known_ones() -> None:
    """All that are unknown, at once."""
    with pytest.raises(ConfigError, match=r"unknown feature a, b; accepted: joint_pos, .*from_tcp"):
        state_column(["a", "joint_pos", "b"], JOINTS, UNITS, has_kinematics=True)


def test_without_kinematics_the_refusal_says_what_a_urdf_adds() -> None:
    """Where the tool is, is not known then."""
    with pytest.raises(ConfigError, match=r"tcp_xyz_m; accepted: .*\(more with a urdf_path\)"):
        state_column(["tcp_xyz_m"], JOINTS, UNITS, has_kinematics=False)


def test_a_script_sees_tool_target_and_gripper() -> None:
    """Under `privileged.`, as in the simulator; nothing without kinematics."""
    columns = privileged_columns(has_kinematics=True)
    seen = {name: column.read(sensors()).tolist() for name, column in columns.items()}
    assert seen["privileged.tcp_xyz_m"] == pytest.approx([0.1, 0.2, 0.3])
    assert seen["privileged.target_xyz_m"] == pytest.approx([0.2, 0.2, 0.2])
    assert seen["privileged.gripper_opening"] == [0.25]
    assert privileged_columns(has_kinematics=False) == {}
