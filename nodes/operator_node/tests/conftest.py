"""Hand-made scenes and steps."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from dora_hil.stream.spec import ColumnSpec, StreamSpec
from dora_hil.stream.timestep import Kind, Phase, TimeStep
from operator_node.scene import BLOCK, BLOCKS, GOALS, OPENING, TARGET, TCP, Scene


@pytest.fixture
def make_scene() -> Callable[..., Scene]:
    """Build a PickCube scene: an open gripper 0.2 m above a block, unless told otherwise."""

    def make(
        tcp: Sequence[float] = (0.4, 0.0, 0.22),
        block: Sequence[float] = (0.4, 0.0, 0.02),
        opening: float = 1.0,
        target: Sequence[float] | None = None,
    ) -> Scene:
        return Scene(
            tcp_xyz_m=np.array(tcp, dtype=np.float64),
            target_xyz_m=np.array(tcp if target is None else target, dtype=np.float64),
            gripper_opening=opening,
            blocks_xyz_m=np.array([block], dtype=np.float64),
        )

    return make


@pytest.fixture
def make_boxes() -> Callable[..., Scene]:
    """Build an ArrangeBoxes scene of two boxes and their goals."""

    def make(
        boxes: Sequence[Sequence[float]],
        tcp: Sequence[float] = (0.4, 0.0, 0.2),
        opening: float = 1.0,
    ) -> Scene:
        return Scene(
            tcp_xyz_m=np.array(tcp, dtype=np.float64),
            target_xyz_m=np.array(tcp, dtype=np.float64),
            gripper_opening=opening,
            blocks_xyz_m=np.array(boxes, dtype=np.float64),
            goals_xyz_m=np.array([[0.5, -0.15, 0.0], [0.5, 0.15, 0.0]]),
        )

    return make


@pytest.fixture
def make_step() -> Callable[..., TimeStep]:
    """Build a step of a PickCube episode.

    `columns` replaces columns or, by None, removes them; the target is where the tool is.
    """

    def make(
        step: int = 0,
        episode: int = 0,
        kind: Kind | None = None,
        columns: dict[str, Sequence[float] | None] | None = None,
        **fields: Any,
    ) -> TimeStep:
        shown: dict[str, Sequence[float] | None] = {
            TCP: (0.4, 0.0, 0.22),
            OPENING: (1.0,),
            BLOCK: (0.45, 0.05, 0.02),
        } | (columns or {})
        shown.setdefault(TARGET, shown[TCP])
        arrays = {
            name: np.array(value, dtype=np.float32)
            for name, value in shown.items()
            if value is not None
        }
        spec = StreamSpec(
            task="pick up the cube",
            body="hand_made",
            action_spaces=("ee_delta",),
            columns={name: ColumnSpec(array.shape) for name, array in arrays.items()},
        )
        given: dict[str, Any] = {
            "phase": Phase.RUNNING,
            "control_dt_s": 0.1,
            "t_capture_ns": 7_000 + step,
        }
        return TimeStep(
            kind=kind or (Kind.FIRST if step == 0 else Kind.MID),
            episode=episode,
            step=step,
            columns=arrays,
            spec=spec,
            **(given | fields),
        )

    return make


@pytest.fixture
def boxes_columns() -> dict[str, Sequence[float] | None]:
    """Turn a PickCube step into an ArrangeBoxes step of five boxes."""
    ys = (-0.3, -0.15, 0.0, 0.15, 0.3)
    return {
        BLOCK: None,
        BLOCKS: [n for y in reversed(ys) for n in (0.3, y, 0.02)],
        GOALS: [n for y in ys for n in (0.5, y, 0.0)],
    }
