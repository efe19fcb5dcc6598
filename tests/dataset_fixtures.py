"""Hand-made steps, and small datasets on the disk."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import recordings

from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.spec import ColumnSpec, StreamSpec, ee_action_columns
from dora_hil.stream.timestep import Kind, Phase, TimeStep

SPEC = StreamSpec(
    task="pick up the cube",
    body="hand_made",
    action_spaces=("ee_delta", "ee_absolute"),
    columns={
        "observation.state": ColumnSpec((2,), ("a", "b"), ("m", "m")),
        "observation.environment_state": ColumnSpec((3,), ("x", "y", "z"), ("m", "m", "m")),
        "observation.images.front": ColumnSpec.image(64, 96),
        "privileged.block": ColumnSpec((3,)),
        **ee_action_columns(),
    },
)


@pytest.fixture
def spec() -> StreamSpec:
    """Describe a body with a camera, a scripts' secret and two action spaces."""
    return SPEC


@pytest.fixture
def make_step() -> Callable[..., TimeStep]:
    """Build a step of that body at 10 Hz, as it was received; its numbers tell which one it is."""

    def make(step: int = 0, **fields: Any) -> TimeStep:
        state = np.array([step, step + 0.5], np.float32)
        given: dict[str, Any] = {
            "kind": Kind.MID if step else Kind.FIRST,
            "phase": Phase.RUNNING,
            "episode": 0,
            "control_dt_s": 0.1,
            "t_capture_ns": step * 100_000_000,
            "columns": {
                "observation.state": state,
                "observation.environment_state": np.full(3, step, np.float32),
                "observation.images.front": np.full((64, 96, 3), step % 256, np.uint8),
                "privileged.block": np.full(3, step, np.float32),
            },
            "actions": {
                ActionSpace.EE_DELTA: np.full(4, step / 100, np.float32),
                ActionSpace.EE_ABSOLUTE: np.full(4, step, np.float32),
            },
        }
        built = TimeStep(step=step, spec=SPEC, **(given | fields))
        return TimeStep.from_arrow(*built.to_arrow())

    return make


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a dataset of three episodes: 3, 2 and 4 frames, seeds 100 to 102."""
    root = tmp_path_factory.mktemp("written") / "dataset"
    recordings.write(root, [3, 2, 4])
    return root


@pytest.fixture
def dataset(written: Path, tmp_path: Path) -> Path:
    """Return a copy of that dataset, to be broken."""
    return Path(shutil.copytree(written, tmp_path / "dataset"))
