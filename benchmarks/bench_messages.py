"""What one `episode` message costs: fixed-size-list columns against a dict scalar.

Encode, Arrow IPC as dora sends it, and decode to numpy, for two 128x128 pictures, state and
action; both ways take turns in one run.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dora_hil.stream.spec import ColumnSpec, StreamSpec, ee_action_columns
from dora_hil.stream.timestep import Kind, Phase, TimeStep

IMAGES = ("observation.images.front", "observation.images.wrist")


def through_ipc(value: pa.Array) -> pa.Array:
    """Send an array through Arrow's stream format."""
    batch = pa.RecordBatch.from_arrays([value], names=["value"])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return pa.ipc.open_stream(sink.getvalue()).read_next_batch().column(0)


def example() -> TimeStep:
    """Return a step with random pictures."""
    rng = np.random.default_rng(0)
    state = ColumnSpec((18,), tuple(f"s{i}" for i in range(18)))
    columns: dict[str, Any] = {
        name: rng.integers(0, 255, (128, 128, 3), dtype=np.uint8) for name in IMAGES
    }
    columns["observation.state"] = rng.random(18, dtype=np.float32)
    spec = StreamSpec(
        "pick up the cube",
        "gym_hil",
        ("ee_delta", "ee_absolute"),
        {
            "observation.state": state,
            **{name: ColumnSpec.image(128, 128) for name in IMAGES},
            **ee_action_columns(),
        },
    )
    action = rng.random(4, dtype=np.float32)
    actions = {"ee_delta": action, "ee_absolute": action}
    return TimeStep(Kind.MID, Phase.RUNNING, 0, 1, columns, spec, actions)


def own(timestep: TimeStep) -> None:
    """Send a message as this project does."""
    value, metadata = timestep.to_arrow()
    TimeStep.from_arrow(through_ipc(value), metadata)


def dict_scalar(timestep: TimeStep) -> None:
    """Send it as an Arrow scalar made of a dict, read back with `as_py`."""
    plain: dict[str, NDArray[Any]] = {
        name: array.reshape(-1) for name, array in timestep.columns.items()
    }
    plain["action"] = timestep.actions["ee_delta"]
    received = through_ipc(pa.array([pa.scalar(plain)]))[0].as_py()
    for name, array in timestep.columns.items():
        np.array(received[name], dtype=array.dtype).reshape(array.shape)


def median_ms(ways: dict[str, Callable[[TimeStep], None]], rounds: int) -> dict[str, float]:
    """Time both ways in turn."""
    timestep = example()
    times: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way(timestep)
    for _ in range(rounds):
        for name, way in ways.items():
            begin = time.perf_counter()
            way(timestep)
            times[name].append(1000 * (time.perf_counter() - begin))
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    """Print the medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    args = parser.parse_args()
    medians = median_ms({"own": own, "dict scalar": dict_scalar}, args.rounds)
    ratio = medians["dict scalar"] / medians["own"]
    print("one message, two 128x128 pictures, encode + IPC + decode (median):")
    for name, ms in medians.items():
        print(f"  {name:12} {ms:8.2f} ms")
    print(f"  dict scalar / own = {ratio:.1f}")
    if args.json:
        args.json.write_text(json.dumps({**medians, "ratio": ratio}))


if __name__ == "__main__":
    main()
