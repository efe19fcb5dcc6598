"""Messages of a body with a camera."""

from typing import Any

import numpy as np

from dora_hil.stream.spec import ColumnSpec, StreamSpec, ee_action_columns
from dora_hil.stream.timestep import Kind, Phase, TimeStep

SPEC = StreamSpec(
    "lift it",
    "fake",
    ("ee_delta", "ee_absolute"),
    {
        "observation.images.front": ColumnSpec.image(24, 32),
        **ee_action_columns(),
    },
)


def step(number: int = 1, kind: Kind = Kind.MID, brightness: int = 0, **values: Any) -> TimeStep:
    """Return a step whose picture is grey."""
    picture = np.full((24, 32, 3), brightness, dtype=np.uint8)
    values = {"phase": Phase.RUNNING, "episode": 0, **values}
    return TimeStep(
        kind=kind,
        step=number,
        columns={"observation.images.front": picture},
        spec=SPEC,
        **values,
    )
