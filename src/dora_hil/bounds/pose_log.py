"""Write where the arm is to a file, one JSON line a message.

``python -m dora_hil.bounds.pose_log PATH`` as a node with the input `episode`.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from dora_hil.node.episode_stream import EpisodeStream
from dora_hil.node.node import attach, run_main
from dora_hil.stream.spec import ColumnSpec
from dora_hil.stream.timestep import TimeStep

_TCP, _STATE, _JOINT = "privileged.tcp_xyz_m", "observation.state", ".pos"


@dataclass(frozen=True)
class Pose:
    """Where an arm is.

    Attributes:
        tcp_xyz_m: the tool centre point, base frame; None where the body does not say.
        joint_pos: positions by the joint's name, such as ``joint1.pos``.
        joint_units: of each, as the body has them.
    """

    tcp_xyz_m: tuple[float, ...] | None = None
    joint_pos: Mapping[str, float] = field(default_factory=dict)
    joint_units: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, timestep: TimeStep) -> "Pose":
        """Read a message of any kind, by the names that its description gives the numbers."""
        tcp = timestep.columns.get(_TCP)
        spec = timestep.spec.columns.get(_STATE, ColumnSpec(()))
        values = timestep.columns.get(_STATE, np.zeros(0)).tolist()
        # A body need not name its numbers, nor their units.
        described = zip(spec.names, spec.units or [""] * len(spec.names), values, strict=False)
        joints = [(name, unit, at) for name, unit, at in described if name.endswith(_JOINT)]
        return cls(
            None if tcp is None else tuple(tcp.tolist()),
            {name: at for name, _, at in joints},
            {name: unit for name, unit, _ in joints},
        )

    @classmethod
    def from_json(cls, line: str) -> "Pose":
        """Read a line of the file again."""
        raw = json.loads(line)
        tcp = raw["tcp_xyz_m"]
        return cls(None if tcp is None else tuple(tcp), raw["joint_pos"], raw["joint_units"])


def main() -> int:
    """Run until the stream closes."""
    with Path(sys.argv[1]).open("w", encoding="utf-8", buffering=1) as lines:
        for timestep in EpisodeStream(attach()):
            lines.write(json.dumps(asdict(Pose.of(timestep))) + "\n")
    return 0


if __name__ == "__main__":
    run_main("pose-log", main)
