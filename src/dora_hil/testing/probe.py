"""Write what passes on `episode` to a file, one JSON line a message: for tests and benchmarks.

``python -m dora_hil.testing.probe PATH`` as a node with the input `episode`. Pictures are left out,
their checksum is not.
"""

import json
import sys
import time
import zlib
from pathlib import Path
from typing import Any

from dora_hil.node.episode_stream import EpisodeStream
from dora_hil.node.node import attach, run_main
from dora_hil.stream.timestep import TimeStep


def to_json(timestep: TimeStep) -> dict[str, Any]:
    """Return a message as plain data; what is NaN becomes None."""
    plain: dict[str, Any] = {
        name: value
        for name, value in vars(timestep).items()
        if name not in ("columns", "actions", "spec", "telemetry")
    }
    plain |= vars(timestep.telemetry) | {"task": timestep.spec.task}
    for name, array in timestep.columns.items():
        plain[name] = zlib.crc32(array.tobytes()) if array.dtype == "uint8" else array.tolist()
    for space, array in timestep.actions.items():
        values = array.tolist()
        plain[f"action.{space}"] = [None if v != v else v for v in values]
    return plain


def main() -> int:
    """Run until the stream closes or the run is over."""
    with Path(sys.argv[1]).open("w", encoding="utf-8", buffering=1) as lines:
        for timestep in EpisodeStream(attach()):
            line = {**to_json(timestep), "t_received_ns": time.monotonic_ns()}
            lines.write(json.dumps(line) + "\n")
    return 0


if __name__ == "__main__":
    run_main("probe", main)
