"""What a body needs of the thing it drives: a simulator or a robot, on the same four calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from dora_hil.actions import ActionSpace, ExecutedAction, Float32Array
from dora_hil.spec import StreamSpec

Columns = Mapping[str, NDArray[Any]]
"""Arrays by column name: `observation.*` and `privileged.*`, shapes as in the `StreamSpec`."""


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
    """

    columns: Columns
    executed: ExecutedAction
    reward: float = 0.0
    success: bool = False
    out_of_bounds: bool = False
    discrete_penalty: float = 0.0


class Environment(Protocol):
    """A simulator or a robot, stepped once per control period."""

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
        """

    def observe(self) -> Columns:
        """Return the present observation without moving."""

    def execute(self, space: ActionSpace, value: Float32Array) -> Outcome:
        """Drive the arm for one control period.

        Raises:
            ActionError: the space or shape is not accepted.
        """

    def close(self) -> None:
        """Release windows, cameras and motors."""
