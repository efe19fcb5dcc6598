"""Hand-made steps, and a socket that a test may use."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge_node.listening import Listening
from dora_hil.stream.spec import ColumnSpec, StreamSpec
from dora_hil.stream.timestep import Kind, Phase, TimeStep
from dora_hil.testing.fake_environment import FakeEnvironment


@pytest.fixture
def make_step() -> Callable[..., TimeStep]:
    """Build a step of a running episode of the point-like arm, with a picture and a secret."""
    environment = FakeEnvironment()
    columns = {
        **environment.begin(0),
        "observation.images.front": np.full((2, 4, 3), 7, dtype=np.uint8),
        "privileged.block_xyz_m": np.zeros(3, dtype=np.float32),
    }
    described = {
        **environment.spec.columns,
        "observation.images.front": ColumnSpec.image(2, 4),
        "privileged.block_xyz_m": ColumnSpec((3,)),
    }
    spec = StreamSpec("", "fake", environment.spec.action_spaces, described)

    def make(step: int = 1, episode: int = 0, **fields: Any) -> TimeStep:
        given: dict[str, Any] = {
            "kind": Kind.MID if step else Kind.FIRST,
            "phase": Phase.RUNNING,
            "t_capture_ns": 7_000 + step,
        }
        return TimeStep(episode=episode, step=step, columns=columns, spec=spec, **(given | fields))

    return make


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Listening]:
    """Listen on a real socket."""
    with closing(Listening(tmp_path / "b.sock")) as it:
        yield it
