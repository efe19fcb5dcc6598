"""A body on the virtual SO-101, in one process: LeRobot's driver, a thread that answers it."""

import atexit
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from harness import changed
from lerobot.motors import MotorCalibration
from lerobot.robots import Robot

from dora_hil.body.body import Body, BodyConfig
from dora_hil.body.episode import Advance, EpisodeRules
from dora_hil.body.takeover import Takeover
from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.messages import Action, RunState, Status
from dora_hil.stream.spec import Columns
from dora_hil.stream.timestep import Phase, TimeStep
from robot_node.arm import RobotArm
from robot_node.config import RobotNodeConfig, parse_config
from robot_node.robots import make_robot
from robot_node.session import kinematics_of
from virtual_so101_node import folder
from virtual_so101_node.arm import SimulatedArm
from virtual_so101_node.bus import ServoBus
from virtual_so101_node.camera import CameraServer, Eyes
from virtual_so101_node.line import SerialLine

URDF = Path(tempfile.gettempdir()) / f"dora-hil-tests-{os.getpid()}.urdf"
"""What the table of a dataflow lays into its folder."""
URDF.write_text(folder.urdf())
atexit.register(URDF.unlink, missing_ok=True)
FRAME = folder.GRIPPING_FRAME
"""The tool centre point of the shipped configs, between the open jaws."""
CALIBRATION = {joint: MotorCalibration(**one) for joint, one in folder.CALIBRATION.items()}
STEP_S = 0.05
"""Twice as fast as the config: nothing here depends on the rate."""


class PluggedIn:
    """The virtual arm and its camera, answering in threads of this process."""

    def __init__(self, link: Path) -> None:
        """Begin to answer."""
        self.arm = SimulatedArm()
        self.bus = ServoBus(self.arm.servos)
        self.line = SerialLine(self.bus, self.arm.advance, link)
        self.camera = CameraServer(Eyes(self.arm.physics).look)
        self._has_camera = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self.line.run, args=(self._stopped.is_set,))
        self._thread.start()

    def film(self) -> int:
        """Switch the camera on; returns its port."""
        if not self._has_camera:
            self._has_camera = True
            self.camera.start()
        return self.camera.port

    def unplug(self) -> None:
        """Pull the cable; the servos keep their power."""
        if not self._stopped.is_set():
            self._stopped.set()
            self._thread.join()
            self.line.close()

    def let_time_pass(self, seconds: float) -> None:
        """Let servos move that nobody talks to any more."""
        for _ in range(round(seconds / 0.01)):
            self.arm.advance(0.01)

    def close(self) -> None:
        """Switch everything off."""
        self.unplug()
        self.film()
        self.camera.stop()

    @property
    def positions(self) -> list[int]:
        """Return where the servos are, in ticks."""
        return [servo.position for servo in self.bus.servos]


def config(**changes: Any) -> RobotNodeConfig:
    """Return the shipped config without its camera, and with other values of dotted keys.

    Args:
        changes: `safety__ramp_s=0.0`, for instance.
    """
    return with_camera(**{"env__robot__cameras": {}, **changes})


def with_camera(**changes: Any) -> RobotNodeConfig:
    """Return the shipped config with other values of dotted keys."""
    ours = {
        "env__fps": 1 / STEP_S,
        # The threads that answer share the processor with everything else here.
        "robot__max_frame_age_s": 5.0,
        "robot__bus_timeout_s": 0.5,
        # Most of a test would be the way home.
        "robot__home_speed": 120.0,
    }
    return parse_config(changed("so101_env.json", **(ours | changes)))


def calibrate(place: Path) -> None:
    """Write the file with which LeRobot compares the virtual arm's servos, for the id `virtual`."""
    folder.write(place, "virtual", 0)


def robot_for(plugged_in: PluggedIn, settings: RobotNodeConfig) -> Robot:
    """Return LeRobot's driver for the virtual arm."""
    raw = dict(settings.arm)
    raw["port"] = str(plugged_in.line.path)
    for camera in raw.get("cameras", {}).values():
        camera["port"] = plugged_in.film()
    robot = make_robot(raw)
    robot.bus.calibration = CALIBRATION
    return robot


def arm_on(plugged_in: PluggedIn, settings: RobotNodeConfig | None = None) -> RobotArm:
    """Return the arm as a body drives it."""
    settings = settings or config()
    robot = robot_for(plugged_in, settings)
    return RobotArm(settings, robot, kinematics_of(settings, robot, URDF))


class DrivenBody:
    """A body that steps by the clock, and a policy that answers each of its steps.

    Attributes:
        steps: every message so far.
    """

    def __init__(self, arm: RobotArm) -> None:
        """Grant one episode, which begins when the arm is home."""
        rules = EpisodeRules(advance=Advance.AUTO)
        self.arm = arm
        self.body = Body(arm, BodyConfig(rules, watchdog_s=0.2), Takeover([], has_action=True))
        self.steps: list[TimeStep] = []
        self.body.receive_status(Status(RunState.GRANTED, role="owner", grant=0, seed=0))

    def run_until(self, condition: Callable[["DrivenBody"], bool], policy: "Policy") -> None:
        """Step until something is so.

        Raises:
            AssertionError: it is not so after 400 steps.
        """
        for _ in range(400):
            if condition(self):
                return
            self.step(policy)
        raise AssertionError(f"not within 400 steps: {self.steps[-1]}")

    def step(self, policy: "Policy") -> None:
        """Take one tick, and let the policy answer."""
        self.steps += self.body.tick(time.time())
        newest = self.steps[-1]
        if newest.phase is Phase.RUNNING and newest.step >= 0:
            said = policy(newest.columns)
            if said is not None:
                space, value = said
                numbers = np.array(value, dtype=np.float32)
                self.body.receive_action(
                    "action", Action(numbers, space, newest.episode, newest.step)
                )
        ends_s = time.monotonic() + STEP_S
        while time.monotonic() < ends_s:
            self.steps += self.body.advance()
            time.sleep(0.002)

    @property
    def is_over(self) -> bool:
        """Say whether the run has ended."""
        return self.body.cycle.phase is Phase.OVER

    @property
    def safety(self) -> set[str]:
        """Return all that stepped in so far."""
        return {name for step in self.steps for name in step.telemetry.safety.split(",") if name}


type Policy = Callable[[Columns], tuple[ActionSpace, list[float]] | None]


def forward(_seen: Columns) -> tuple[ActionSpace, list[float]]:
    """Move ahead and to the left, a step at a time."""
    return ActionSpace.EE_DELTA, [0.5, 1.0, 0.0, 1.0]
