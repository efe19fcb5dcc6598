"""Hand-made messages, and what stands in a recording."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rerun.experimental import RrdReader

from dora_hil.stream.spec import ColumnSpec, StreamSpec, ee_action_columns
from dora_hil.stream.timestep import Kind, Phase, Telemetry, TimeStep

MakeStep = Callable[..., TimeStep]
Rows = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def _no_rerun_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("RERUN_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def spec() -> StreamSpec:
    """Describe a body with a camera, two joints and a secret."""
    return StreamSpec(
        task="pick up the cube",
        body="hand_made",
        action_spaces=("ee_delta",),
        columns={
            "observation.state": ColumnSpec(
                (2,), ("joint.pos", "gripper.pos"), ("rad", "0 open, 255 closed")
            ),
            "observation.images.front": ColumnSpec.image(4, 6),
            "privileged.block_xyz_m": ColumnSpec((3,)),
            **ee_action_columns(),
        },
    )


@pytest.fixture
def make_step(spec: StreamSpec) -> MakeStep:
    """Build a message of an episode at 10 Hz; its numbers are `step`, but for actions.

    What was executed in a step is that step's number, with the sign changed.
    """

    def make(step: int = 0, episode: int = 0, kind: Kind | None = None, **fields: Any) -> TimeStep:
        kind = kind or (Kind.FIRST if step == 0 else Kind.MID)
        of = fields.pop("spec", spec)
        shown = {n: c for n, c in of.columns.items() if not n.startswith("action.")}
        columns = {n: np.full(c.shape, abs(step) % 256, dtype=c.dtype) for n, c in shown.items()}
        executed = -float(step) if kind in (Kind.MID, Kind.LAST) else np.nan
        given: dict[str, Any] = {
            "phase": Phase.RUNNING,
            "telemetry": Telemetry(driver="action"),
            "control_dt_s": 0.1,
            "t_capture_ns": step * 100_000_000,
            "columns": columns,
            "actions": {
                name.removeprefix("action."): np.full(c.shape, executed, dtype=np.float32)
                for name, c in of.columns.items()
                if name.startswith("action.")
            },
        }
        return TimeStep(
            **(given | fields | {"kind": kind, "episode": episode, "step": step, "spec": of})
        )

    return make


@pytest.fixture
def make_phase(make_step: MakeStep) -> MakeStep:
    """Build a PHASE message, late, by default of a body that resets before the first episode."""

    def make(episode: int = -1, **fields: Any) -> TimeStep:
        late_ns = 100 * 10**9
        given: dict[str, Any] = {"phase": Phase.RESETTING, "t_capture_ns": late_ns}
        return make_step(-1, episode, Kind.PHASE, **(given | fields))

    return make


@pytest.fixture
def read() -> Callable[[Path, str], Rows]:
    """Read an entity of an .rrd file, by `timestamp`, without what is static."""

    def rows(path: Path, entity: str) -> Rows:
        chunks = RrdReader(path).stream().to_chunks()
        found = [
            row
            for chunk in chunks
            if chunk.entity_path == f"/{entity}" and not chunk.is_static
            for row in chunk.to_record_batch().to_pylist()
        ]
        return sorted(found, key=lambda row: float(row["timestamp"].total_seconds()))

    return rows
