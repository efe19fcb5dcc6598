"""An arm that is a point: it reaches every target at once, and has no physics to wait for."""

from dataclasses import dataclass, field

import numpy as np

from dora_hil.body.end_effector_target import EndEffectorTarget, Workspace
from dora_hil.body.environment import Outcome
from dora_hil.stream.actions import ActionSpace, Float32Array
from dora_hil.stream.spec import Columns, ColumnSpec, StreamSpec, ee_action_columns

STATE_NAMES = ("x", "y", "z", "gripper")


def fake_spec(*, use_gripper: bool = True) -> StreamSpec:
    """Describe a state of four numbers and the end-effector spaces."""
    columns = {
        "observation.state": ColumnSpec((4,), STATE_NAMES, ("m", "m", "m", "0 to 1")),
        **ee_action_columns(use_gripper=use_gripper),
    }
    return StreamSpec("do nothing in particular", "fake", ("ee_delta", "ee_absolute"), columns)


@dataclass
class FakeEnvironment:
    """Stand-in for a simulator or a robot.

    Attributes:
        succeed_at_step: the task is solved from that step of an episode on; 0 for never.
        leave_at_step: the task is out of bounds from that step on; 0 for never.
        max_steps: as in `Environment`.
        control_dt_s: as in `Environment`.
        use_gripper: false keeps the gripper where it is.
        seeds: what `begin` was called with, in order.
        executed: what `execute` was called with, in order.
    """

    succeed_at_step: int = 0
    leave_at_step: int = 0
    max_steps: int = 0
    control_dt_s: float = 0.1
    use_gripper: bool = True
    seeds: list[int] = field(default_factory=list)
    executed: list[tuple[ActionSpace, Float32Array]] = field(default_factory=list)
    is_closed: bool = False

    def __post_init__(self) -> None:
        """Stand in the middle of a small workspace."""
        workspace = Workspace((0.2, -0.3, 0.0), (0.6, 0.3, 0.5))
        self._target = EndEffectorTarget(workspace, use_gripper=self.use_gripper)
        self._steps = 0

    @property
    def spec(self) -> StreamSpec:
        """Describe a state of four numbers."""
        return fake_spec(use_gripper=self.use_gripper)

    def begin(self, seed: int) -> Columns:
        """Go back to the middle."""
        self.seeds.append(seed)
        self._steps = 0
        self._target.reset(np.array([0.4, 0.0, 0.25]), 1.0)
        return self.observe()

    def observe(self) -> Columns:
        """Return where the target is."""
        state = np.array([*self._target.xyz_m, self._target.gripper_opening], dtype=np.float32)
        return {"observation.state": state}

    def execute(self, space: ActionSpace, value: Float32Array) -> Outcome:
        """Be at the new target at once."""
        self.executed.append((space, value.copy()))
        executed = self._target.apply(space, value)
        self._steps += 1
        success = 0 < self.succeed_at_step <= self._steps
        return Outcome(
            columns=self.observe(),
            executed=executed,
            reward=float(success),
            success=success,
            out_of_bounds=0 < self.leave_at_step <= self._steps,
        )

    def close(self) -> None:
        """Note that it was closed."""
        self.is_closed = True
