"""A point in a world where time passes by itself: it is where it was sent when measured next."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from dora_hil.body.end_effector_target import EndEffectorTarget, Workspace
from dora_hil.body.environment import BodyFaultError, Outcome
from dora_hil.stream.actions import ActionSpace, ExecutedAction, Float32Array, Float64Array
from dora_hil.stream.spec import Columns, StreamSpec
from dora_hil.testing.fake_environment import fake_spec

HOME_XYZ_M: Final = (0.4, 0.0, 0.25)
STEP_M: Final = 0.025


@dataclass
class FakeRobot:
    """Stand-in for a robot, as a `RealTimeEnvironment`.

    Attributes:
        start_xyz_m: where it stands at first.
        max_steps: as in `Environment`.
        control_dt_s: as in `Environment`; 0.5 µs for a deadline that has always passed, a minute
            for one that never does.
        broken: the call that fails from now on: `begin`, `command`, `home` or `measure`.
        calls: how often each of these was called, and `close`.
        commanded: what `command` was called with, in order.
        rests: what `rest` was called with, in order.
    """

    start_xyz_m: tuple[float, float, float] = HOME_XYZ_M
    max_steps: int = 0
    control_dt_s: float = 60.0
    broken: str = ""
    calls: Counter[str] = field(default_factory=Counter)
    commanded: list[tuple[ActionSpace, Float32Array]] = field(default_factory=list)
    rests: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Stand still."""
        self._target = EndEffectorTarget(Workspace((0.2, -0.3, 0.0), (0.6, 0.3, 0.5)))
        self._target.reset(np.array(self.start_xyz_m), 1.0)
        self._xyz_m: Float64Array = self._target.xyz_m
        self._executed = ExecutedAction()

    @property
    def spec(self) -> StreamSpec:
        """Describe a state of four numbers."""
        return fake_spec()

    @property
    def is_home(self) -> bool:
        """Say whether it was measured at home."""
        return bool(np.allclose(self._xyz_m, HOME_XYZ_M))

    def begin(self, seed: int) -> Columns:
        """Start where it stands."""
        self._call("begin")
        return self._measured()

    def observe(self) -> Columns:
        """Return where it was measured last."""
        state = np.array([*self._xyz_m, self._target.gripper_opening], dtype=np.float32)
        return {"observation.state": state}

    def command(self, space: ActionSpace, value: Float32Array) -> None:
        """Be there when measured next."""
        if self.rests:
            return
        self._call("command")
        self.commanded.append((space, value.copy()))
        self._executed = self._target.apply(space, value)

    def home(self) -> None:
        """Go a step of at most 2.5 cm per axis."""
        if self.rests:
            return
        self._call("home")
        step_m = np.clip(np.array(HOME_XYZ_M) - self._target.xyz_m, -STEP_M, STEP_M)
        self._target.reset(self._target.xyz_m + step_m, self._target.gripper_opening)

    def measure(self) -> Outcome:
        """Return what the last command led to."""
        if not self.rests:
            self._call("measure")
        return Outcome(columns=self._measured(), executed=self._executed)

    def rest(self, *, is_fault: bool) -> None:
        """Note it; from now on nothing moves."""
        self.rests.append(is_fault)

    def close(self) -> None:
        """Note that it was closed."""
        self.calls["close"] += 1

    def _measured(self) -> Columns:
        self._xyz_m = self._target.xyz_m
        return self.observe()

    def _call(self, name: str) -> None:
        self.calls[name] += 1
        if name == self.broken:
            raise BodyFaultError(f"{name}: the cable is pulled")
