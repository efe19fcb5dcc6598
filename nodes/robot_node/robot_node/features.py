"""Every observation that a robot can give, by name."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dora_hil.body.features import Feature, FeatureColumn, points
from dora_hil.config import ConfigError
from dora_hil.stream.actions import Float64Array


@dataclass
class Sensors:
    """What was measured last, and what was wanted.

    Attributes:
        joint_pos: float64[n]; the arm's own units.
        joint_vel: float64[n]; units per second, over the last control period.
        joint_target: float64[n].
        motor_current_ma: float64[n].
        tcp_xyz_m: float64[3]; base frame.
        target_xyz_m: float64[3].
        gripper_opening: 0 closed, 1 open, as measured.
    """

    joint_pos: Float64Array
    joint_vel: Float64Array
    joint_target: Float64Array
    motor_current_ma: Float64Array
    tcp_xyz_m: Float64Array
    target_xyz_m: Float64Array
    gripper_opening: float = 1.0

    @staticmethod
    def of(joints: int) -> "Sensors":
        """Return zeros for that many joints."""
        nothing, nowhere = np.zeros(joints), np.zeros(3)
        return Sensors(nothing, nothing, nothing, nothing, nowhere, nowhere)


def state_column(
    wanted: Sequence[str], joints: Sequence[str], units: Sequence[str], *, has_kinematics: bool
) -> FeatureColumn[Sensors]:
    """Return `observation.state`: the wanted features, in order.

    The joints have LeRobot's names, and a unit each.

    Raises:
        ConfigError: an unknown feature; lists those that there are.
    """
    known = _features(joints, units, has_kinematics=has_kinematics)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise ConfigError(
            f"robot.state: unknown feature {', '.join(unknown)}; accepted: {', '.join(known)}"
            + ("" if has_kinematics else " (more with a urdf_path)")
        )
    return FeatureColumn([known[name] for name in wanted])


def privileged_columns(*, has_kinematics: bool) -> dict[str, FeatureColumn[Sensors]]:
    """Return what scripts may see, by column name; never recorded."""
    if not has_kinematics:
        return {}
    opening = Feature[Sensors](
        ("gripper.opening",), ("0 closed, 1 open",), lambda s: np.array([s.gripper_opening])
    )
    return {
        "privileged.tcp_xyz_m": FeatureColumn([points(["tcp"], lambda s: s.tcp_xyz_m)]),
        "privileged.target_xyz_m": FeatureColumn([points(["target"], lambda s: s.target_xyz_m)]),
        "privileged.gripper_opening": FeatureColumn([opening]),
    }


def _features(
    joints: Sequence[str], units: Sequence[str], *, has_kinematics: bool
) -> dict[str, Feature[Sensors]]:
    rates = tuple(f"{unit}/s" if unit else "" for unit in units)
    names = [joint.rpartition(".")[0] for joint in joints]
    features: dict[str, Feature[Sensors]] = {
        "joint_pos": Feature(tuple(joints), tuple(units), lambda s: s.joint_pos),
        "joint_vel": Feature(tuple(f"{n}.vel" for n in names), rates, lambda s: s.joint_vel),
        "joint_target": Feature(
            tuple(f"{n}.target" for n in names), tuple(units), lambda s: s.joint_target
        ),
        "motor_current": Feature(
            tuple(f"{n}.current" for n in names), ("mA",) * len(names), lambda s: s.motor_current_ma
        ),
    }
    if has_kinematics:
        features |= {
            "tcp_xyz_m": points(["tcp"], lambda s: s.tcp_xyz_m),
            "target_xyz_m": points(["target"], lambda s: s.target_xyz_m),
            "target_from_tcp_m": points(
                ["target_from_tcp"], lambda s: s.target_xyz_m - s.tcp_xyz_m
            ),
        }
    return features
