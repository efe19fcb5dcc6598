"""LeRobot's drivers: the real SO-101 leader on a virtual arm, and one that cannot be moved."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dora_hil.hardware.motor_bus import calibrate_command
from dora_hil.hardware.virtual_arm import VirtualArm
from leader_node import teleoperators
from leader_node.arm_link import ArmError, NotCalibratedError
from leader_node.config_fake_leader import FakeLeaderConfig
from leader_node.fake_leader import FakeLeader
from leader_node.lerobot_arm import LeRobotArm

PAN = "shoulder_pan.pos"
TURNED_DEG = (1500 - 2047.5) * 360 / 4095


def so101(teleop: dict[str, str]) -> LeRobotArm:
    """Return LeRobot's driver for a virtual arm."""
    config = teleoperators.decode(teleop, "teleop")
    return LeRobotArm(
        lambda: teleoperators.make(config, "teleop"),
        torque_limit=0.4,
        calibrate_command=calibrate_command("--teleop", teleop),
    )


def fake(config: FakeLeaderConfig) -> LeRobotArm:
    """Return a leader that cannot be moved."""
    return LeRobotArm(lambda: FakeLeader(config), torque_limit=0.4, calibrate_command="type this")


def patiently[T](call: Callable[[], T]) -> T:
    """Call again as `ArmLink` does: on a busy machine an answer may come after LeRobot's 50 ms."""
    deadline_s = time.monotonic() + 20.0
    while True:
        try:
            return call()
        except NotCalibratedError:
            raise
        except ArmError:
            assert time.monotonic() < deadline_s
            time.sleep(0.05)


@pytest.fixture
def arm(teleop: dict[str, str]) -> Iterator[LeRobotArm]:
    """Return LeRobot's driver for a virtual arm that answers."""
    made = so101(teleop)
    patiently(made.connect)
    yield made
    made.disconnect()


def ask(arm: LeRobotArm, goal: dict[str, float] | None) -> dict[str, float]:
    """Exchange once."""
    return patiently(lambda: arm.exchange(goal))


def wait_for(arm: LeRobotArm, goal: dict[str, float] | None, degrees: float) -> None:
    """Exchange until the shoulder has turned somewhere."""
    deadline_s = time.monotonic() + 20.0
    while abs((at := ask(arm, goal)[PAN]) - degrees) > 0.5:
        assert time.monotonic() < deadline_s, f"{PAN} is at {at}, not at {degrees}"
        time.sleep(0.01)


def test_it_goes_where_it_is_sent_and_a_hand_turns_it_once_it_is_let_go_of(
    virtual_arm: VirtualArm, arm: LeRobotArm
) -> None:
    """Its torque follows the goal."""
    assert arm.can_move
    rest = ask(arm, None)
    virtual_arm.tell("turn shoulder_pan 1500")
    wait_for(arm, None, TURNED_DEG)
    wait_for(arm, rest | {PAN: -20.0}, -20.0)
    virtual_arm.tell("turn shoulder_pan 1500")
    time.sleep(0.1)
    assert ask(arm, rest | {PAN: -20.0})[PAN] == pytest.approx(-20.0, abs=0.5)
    ask(arm, None)
    virtual_arm.tell("turn shoulder_pan 1500")
    wait_for(arm, None, TURNED_DEG)


def test_switching_the_torque_on_does_not_send_it_to_an_old_goal(
    virtual_arm: VirtualArm, arm: LeRobotArm
) -> None:
    """A servo remembers the goal that it had last."""
    rest = ask(arm, None)
    wait_for(arm, rest | {PAN: -10.0}, -10.0)
    ask(arm, None)
    virtual_arm.tell("turn shoulder_pan 1500")
    wait_for(arm, None, TURNED_DEG)
    here = ask(arm, None)
    places = [ask(arm, here)[PAN] for _ in range(20)]
    # The old goal is 38 degrees away; a hand that lets go leaves it a little beside its place.
    assert places == pytest.approx([TURNED_DEG] * 20, abs=2.0)


def test_its_torque_is_limited_while_it_holds(arm: LeRobotArm) -> None:
    """A person pushes against it."""
    assert arm._driver.bus.read("Torque_Limit", "elbow_flex", num_retry=5) == 400


def test_an_uncalibrated_arm_says_what_to_type_and_frees_its_port(teleop: dict[str, str]) -> None:
    """With the block's own words."""
    Path(teleop["calibration_dir"], "virtual.json").unlink()
    arm = so101(teleop)
    with pytest.raises(
        NotCalibratedError, match=r"there is no .*`lerobot-calibrate --teleop\.type=so101_"
    ):
        patiently(arm.connect)
    assert not arm._driver.is_connected


def test_a_calibration_that_the_motors_do_not_hold_is_called_that(teleop: dict[str, str]) -> None:
    """Enter writes it; nothing has to be calibrated anew."""
    path = Path(teleop["calibration_dir"], "virtual.json")
    calibration = json.loads(path.read_text())
    calibration["elbow_flex"]["range_min"] = 5
    path.write_text(json.dumps(calibration))
    with pytest.raises(NotCalibratedError, match="elbow_flex: range_min is 0, in the file 5"):
        patiently(so101(teleop).connect)


def test_a_port_that_is_not_there_is_one_line() -> None:
    """With LeRobot's own advice."""
    config = teleoperators.decode({"type": "so101_leader", "port": "/dev/nothing"}, "teleop")
    arm = LeRobotArm(
        lambda: teleoperators.make(config, "teleop"), torque_limit=0.4, calibrate_command=""
    )
    with pytest.raises(ArmError, match="Could not connect on port '/dev/nothing'") as caught:
        arm.connect()
    assert "\n" not in str(caught.value)


def test_an_answer_that_came_late_is_no_position(arm: LeRobotArm) -> None:
    """LeRobot's driver reads the answer to a write as position 0, half a turn away."""
    ask(arm, None)
    arm._pose, bus = {}, arm._driver.bus
    bus.packet_handler.writeTxOnly(bus.port_handler, 1, 55, 1, [0])
    while bus.port_handler.ser.in_waiting < 6:
        time.sleep(0.01)
    assert ask(arm, None)["shoulder_pan.pos"] == pytest.approx(0.0, abs=0.5)


def test_corrupted_packets_are_errors_of_one_kind_and_pass(
    virtual_arm: VirtualArm, arm: LeRobotArm
) -> None:
    """One answer in ten is wrong while it is held, moved and let go of."""
    rest = ask(arm, None)
    virtual_arm.tell("corrupt 0.1")
    answered = 0
    for count in range(60):
        try:
            arm.exchange(rest if count % 20 < 10 else None)
            answered += 1
        except ArmError:
            pass
    assert answered > 0
    virtual_arm.tell("corrupt 0")
    wait_for(arm, rest | {PAN: 0.0}, 0.0)


def test_an_arm_that_is_unplugged_and_back_is_connected_again(
    virtual_arm: VirtualArm, arm: LeRobotArm
) -> None:
    """A new driver, since the old one counts its port as in use."""
    rest = ask(arm, None)
    virtual_arm.tell("unplug 2")
    while virtual_arm.port.is_symlink():
        time.sleep(0.01)
    with pytest.raises(ArmError):
        arm.exchange(rest)
    arm.disconnect()
    patiently(arm.connect)
    assert ask(arm, None)[PAN] == pytest.approx(rest[PAN], abs=1.0)


def test_a_leader_without_motors_is_read_and_never_moved(tmp_path: Path) -> None:
    """It has no torque to switch off either."""
    config = FakeLeaderConfig(calibration_dir=tmp_path)
    arm = fake(config)
    arm.connect()
    config.pose["gripper.pos"] = 30.0
    assert not arm.can_move
    assert arm.exchange(None) == {"shoulder.pos": 0.0, "gripper.pos": 30.0}


def test_a_pose_that_no_hand_could_have_reached_is_an_error(tmp_path: Path) -> None:
    """Until the arm has been connected again; it is aligned then."""
    config = FakeLeaderConfig(calibration_dir=tmp_path)
    arm = fake(config)
    arm.connect()
    arm.exchange(None)
    config.pose["shoulder.pos"] = -180.0
    with pytest.raises(ArmError, match=r"shoulder\.pos jumped from 0 to -180"):
        arm.exchange(None)
    config.pose["shoulder.pos"] = 50.0
    assert arm.exchange(None)["shoulder.pos"] == 50.0
    config.pose["shoulder.pos"] = -180.0
    arm.connect()
    assert arm.exchange(None)["shoulder.pos"] == -180.0


@pytest.mark.parametrize("failure", [TypeError("no device"), OSError(5, "I/O error")])
def test_whatever_a_driver_raises_is_an_error_of_one_kind(
    tmp_path: Path, failure: Exception
) -> None:
    """From reading, connecting and disconnecting."""
    config = FakeLeaderConfig(calibration_dir=tmp_path)
    arm = fake(config)
    arm.connect()
    config.failure = failure
    with pytest.raises(ArmError, match=r"no device|I/O error"):
        arm.exchange(None)
    with pytest.raises(ArmError, match=r"no device|I/O error"):
        arm.connect()
    arm.disconnect()


def test_an_uncalibrated_leader_is_never_calibrated_by_the_node(tmp_path: Path) -> None:
    """LeRobot would wait for a key press."""
    with pytest.raises(NotCalibratedError, match="`type this`"):
        fake(FakeLeaderConfig(calibration_dir=tmp_path, is_calibrated=False)).connect()
