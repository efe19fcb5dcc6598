"""How much of what it is asked for an SO-101 does within the step, by the speed of its joints.

The motion of robot-node and the virtual arm, without wire and clock: end-effector deltas at 10 Hz,
once smooth (one direction for four steps, and noise), once bang-bang (another direction every step,
as an untrained policy has it). What is asked for is what was executed, after bounds and limits.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dora_hil.body.end_effector_target import Workspace
from dora_hil.body.joint_target import JointLimits
from dora_hil.body.safety import SafetyConfig
from dora_hil.stream.actions import ActionSpace, Float64Array
from robot_node.kinematics import Kinematics
from robot_node.motion import SpaceMotion
from virtual_so101_node import folder
from virtual_so101_node.arm import RANGE_TICKS, SimulatedArm
from virtual_so101_node.scene import JOINTS
from virtual_so101_node.servo import GOAL_POSITION, RESOLUTION, TORQUE_ENABLE

DT_S = 0.1
HOME = np.array([0.0, -32.0, 29.0, 93.0, 0.0, 40.0])
LOW = np.array([-110.0, -100.0, -97.0, -95.0, -160.0, 0.0])
BOUNDS_M = (0.11, -0.18, 0.008), (0.28, 0.18, 0.12)


def send(arm: SimulatedArm, posture: Float64Array) -> None:
    """Give every servo its goal, in degrees and percent."""
    for servo, joint, value in zip(arm.servos, JOINTS, posture, strict=True):
        low, high = RANGE_TICKS[joint]
        share = value * (high - low) / 100
        ticks = (
            low + share if joint == "gripper" else (low + high + 1) / 2 + value * RESOLUTION / 360
        )
        servo.write(GOAL_POSITION, round(ticks).to_bytes(2, "little"))


def deltas(kind: str, steps: int) -> Iterator[Float64Array]:
    """Yield what is asked for, float64[3] in [-1, 1]."""
    draw = np.random.default_rng(0)
    way: Float64Array = np.zeros(3)
    for step in range(steps):
        if kind == "bang-bang":
            yield np.sign(draw.normal(size=3)) * draw.uniform(0.5, 1.0, 3)
            continue
        if step % 4 == 0:
            way = draw.uniform(-1.0, 1.0, 3)
        yield np.clip(way + draw.normal(0.0, 0.3, 3), -1.0, 1.0)


def measure(
    kinematics: Kinematics, kind: str, joint_deg_s: float, step_m: float, steps: int
) -> tuple[Float64Array, Float64Array]:
    """Drive it; returns what was executed and what came of it, float64[steps, 3], metres."""
    arm = SimulatedArm()
    names = tuple(f"{joint}.pos" for joint in JOINTS)
    speeds = np.array([joint_deg_s] * 5 + [400.0])
    high = np.append(-LOW[:5], 100.0)
    motion = SpaceMotion(
        JointLimits(names, LOW, high, speeds),
        SafetyConfig(ramp_s=0.0, max_ee_speed_m_s=0.4),
        DT_S,
        kinematics,
        Workspace(*BOUNDS_M, (step_m,) * 3),
        use_gripper=True,
        max_gripper_pos=HOME[5],
    )
    for servo in arm.servos:
        servo.write(TORQUE_ENABLE, b"\x01")
    send(arm, HOME)
    for _ in range(40):
        arm.advance(0.05)
    motion.target.reset(HOME)

    def tcp_m() -> Float64Array:
        return kinematics.forward(np.rad2deg(arm.physics.joint_pos_rad[:5]))

    asked, done, before_m = [], [], tcp_m()
    for delta in deltas(kind, steps):
        executed = motion.apply(ActionSpace.EE_DELTA, np.array([*delta, 1.0], np.float32))
        assert executed.ee_delta is not None
        send(arm, motion.target.positions)
        arm.advance(DT_S / 2)
        arm.advance(DT_S / 2)
        now_m = tcp_m()
        asked.append(executed.ee_delta[:3] * step_m)
        done.append(now_m - before_m)
        before_m = now_m
    return np.array(asked), np.array(done)


def main() -> None:
    """Print a row for each speed of the joints and each way of driving."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--joint_deg_s", type=float, nargs="*", default=[180.0, 90.0, 60.0])
    parser.add_argument("--step_m", type=float, default=0.02)
    parser.add_argument("--steps", type=int, default=600)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        urdf = Path(place) / "so101.urdf"
        urdf.write_text(folder.urdf())
        kinematics = Kinematics(urdf, folder.GRIPPING_FRAME, JOINTS[:5])
    print("| joints deg/s | driven | correlation x, y, z | beside what was asked for mm |")
    print("| --- | --- | --- | --- |")
    for speed in args.joint_deg_s:
        for kind in ("smooth", "bang-bang"):
            asked, done = measure(kinematics, kind, speed, args.step_m, args.steps)
            same = [np.corrcoef(asked[:, axis], done[:, axis])[0, 1] for axis in range(3)]
            beside = 1000 * (done - asked).std(axis=0)
            print(
                f"| {speed:g} | {kind} | {', '.join(f'{one:.2f}' for one in same)} | "
                f"{', '.join(f'{one:.1f}' for one in beside)} |"
            )


if __name__ == "__main__":
    main()
