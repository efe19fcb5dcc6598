"""What a body needs of the thing it drives: a simulator or a robot."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from dora_hil.errors import UserError
from dora_hil.stream.actions import ActionSpace, ExecutedAction, Float32Array
from dora_hil.stream.spec import Columns, StreamSpec


@dataclass(frozen=True)
class Outcome:
    """What one control step led to.

    Attributes:
        columns: the observation after the step.
        executed: what was sent to the arm.
        reward: the task's own reward; `discrete_penalty` is not part of it.
        success: the task's own verdict.
        out_of_bounds: the task can no longer be solved.
        discrete_penalty: LeRobot's gripper penalty, 0 or negative.
        frame_age_ms: age of the oldest camera frame in `columns`; None where it has none.
    """

    columns: Columns
    executed: ExecutedAction
    reward: float = 0.0
    success: bool = False
    out_of_bounds: bool = False
    discrete_penalty: float = 0.0
    frame_age_ms: float | None = None


class BodyFaultError(UserError):
    """The arm cannot go on; the text says what is wrong with it."""


class Arm(Protocol):
    """What simulators and robots have in common."""

    @property
    def spec(self) -> StreamSpec:
        """Describe the columns and the accepted action spaces."""

    @property
    def control_dt_s(self) -> float:
        """Return the seconds of the arm's own time that one step takes."""

    @property
    def max_steps(self) -> int:
        """Return the steps after which an episode is truncated; 0 for no limit."""

    def begin(self, seed: int) -> Columns:
        """Start an episode and return its first observation.

        A simulator places everything anew from the seed; a robot starts where it stands.

        Raises:
            BodyFaultError: the arm cannot go on.
        """

    def observe(self) -> Columns:
        """Return the last observation; it never fails."""

    def close(self) -> None:
        """Release windows, cameras and motors."""


class Environment(Arm, Protocol):
    """A simulator, stepped once per control period."""

    def execute(self, space: ActionSpace, value: Float32Array) -> Outcome:
        """Drive the arm for one control period.

        Raises:
            ActionError: the space or shape is not accepted.
        """


@runtime_checkable
class RealTimeEnvironment(Arm, Protocol):
    """A robot: time passes by itself between a command and the next measurement."""

    @property
    def is_home(self) -> bool:
        """Say whether the arm stands where episodes begin."""

    def command(self, space: ActionSpace, value: Float32Array) -> None:
        """Send an action to the arm and return at once.

        Raises:
            ActionError: the space or shape is not accepted.
            BodyFaultError: the arm cannot go on.
        """

    def home(self) -> None:
        """Send the arm one control period further towards where episodes begin.

        Raises:
            BodyFaultError: the arm cannot go on.
        """

    def measure(self) -> Outcome:
        """Return what the last command led to.

        Raises:
            BodyFaultError: the arm cannot go on.
        """

    def rest(self, *, is_fault: bool) -> None:
        """Hold or let go, as configured, for the run is over; it never fails."""
