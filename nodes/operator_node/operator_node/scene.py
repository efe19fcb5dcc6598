"""What the expert sees of a step: the privileged columns, by name."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from dora_hil.errors import UserError
from dora_hil.stream.actions import ActionSpace, Float32Array, Float64Array
from dora_hil.stream.timestep import TimeStep
from dora_hil.stream.world import World

TCP: Final = "privileged.tcp_xyz_m"
TARGET: Final = "privileged.target_xyz_m"
OPENING: Final = "privileged.gripper_opening"
BLOCK: Final = "privileged.block_xyz_m"
BLOCKS: Final = "privileged.blocks_xyz_m"
GOALS: Final = "privileged.goals_xyz_m"

IS_SHUT_BELOW: Final = 0.1
"""Of the opening: fingers that were told to close, and not by half."""


class SceneError(UserError, ValueError):
    """The body does not show what the expert needs; the text names the column."""


@dataclass(frozen=True, eq=False)
class Scene:
    """Where everything is, base frame.

    Attributes:
        tcp_xyz_m: float64[3]; the measured tool centre point.
        target_xyz_m: float64[3]; where the body is driving it.
        gripper_opening: 0 closed, 1 open; as commanded, for a block keeps closed fingers apart.
        blocks_xyz_m: float64[n, 3]; the centres of the blocks.
        goals_xyz_m: float64[n, 3]; where each block belongs, or None where one is to be picked.
        lying_z_m: height of the centre of a block that lies on the table.
        lift_m: how far above that a block is to be lifted that is to be picked.
        is_held: both fingers touch the block; None where only distances tell.
        is_closing: the fingers still move.
    """

    tcp_xyz_m: Float64Array
    target_xyz_m: Float64Array
    gripper_opening: float
    blocks_xyz_m: Float64Array
    goals_xyz_m: Float64Array | None = None
    lying_z_m: float = 0.02
    lift_m: float = 0.1
    is_held: bool | None = None
    is_closing: bool = False

    @classmethod
    def of(cls, step: TimeStep, world: World | None = None) -> "Scene":
        """Read a step.

        Args:
            step: what the body says.
            world: what a world says beside it, of which the body knows nothing.

        Raises:
            SceneError: a column is missing; the text says which and what needs it.
        """
        if world is not None:
            return cls(
                tcp_xyz_m=_column(step, TCP),
                target_xyz_m=_column(step, TARGET),
                gripper_opening=_gripper_opening(step),
                blocks_xyz_m=world.block_xyz_m.reshape(1, 3),
                lying_z_m=world.lying_z_m,
                lift_m=world.lift_m,
                is_held=world.is_held,
                is_closing=world.is_closing,
            )
        if BLOCK in step.columns:
            blocks, goals = _column(step, BLOCK), None
        else:
            blocks, goals = _column(step, BLOCKS, called=BLOCK), _column(step, GOALS)
            if blocks.size != goals.size:
                raise SceneError(
                    f"{BLOCKS} has {blocks.size} numbers and {GOALS} {goals.size}: "
                    "the operator needs three of each for every block"
                )
        return cls(
            tcp_xyz_m=_column(step, TCP),
            target_xyz_m=_column(step, TARGET),
            gripper_opening=_gripper_opening(step),
            blocks_xyz_m=blocks.reshape(-1, 3),
            goals_xyz_m=None if goals is None else goals.reshape(-1, 3),
        )

    def by_hand(self, asked: Float32Array) -> "Scene":
        """Return the same for someone whose hand the body follows, which takes a few steps.

        They know where their hand is, and that fingers which have been told to close will: half
        open ones would else be taken for some that have to be opened first.

        Args:
            asked: their last `ee_absolute` action, float32[4].
        """
        known = replace(self, target_xyz_m=np.asarray(asked[:3], np.float64))
        if asked[3] > 0.0:
            return known
        is_closing = self.is_closing or self.gripper_opening >= IS_SHUT_BELOW
        return replace(known, gripper_opening=0.0, is_closing=is_closing)


def _gripper_opening(step: TimeStep) -> float:
    """Return what was last commanded; as measured where nothing was executed yet."""
    measured = float(_column(step, OPENING)[0])
    executed = step.actions.get(ActionSpace.EE_ABSOLUTE)
    # Three numbers where the gripper is not used.
    if executed is None or len(executed) < 4 or np.isnan(executed[3]):
        return measured
    return float(executed[3])


def _column(step: TimeStep, name: str, called: str = "") -> Float64Array:
    """Return a column; in the error it is `called` what the reader expects to find."""
    if name in step.columns:
        return np.asarray(step.columns[name], dtype=np.float64)
    raise SceneError(
        f"episode: column {called or name!r} is missing: the scripted operator decides from "
        f"{TCP}, {TARGET}, {OPENING} and {BLOCK} (or {BLOCKS} and {GOALS}), and body "
        f"{step.spec.body!r} does not show them all; a person has to operate it, or "
        "OPERATOR_MODE=off"
    )
