"""What only a simulated world knows of an arm's task: for whoever stands for the person.

It goes from the world to the scripted operator, past the body: a robot does not see it, and
nothing of it is recorded.
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dora_hil.stream.codec import SCHEMA, Metadata, MetadataReader, Row, pack


@dataclass(frozen=True, eq=False)
class World:
    """One block that is to be lifted.

    Attributes:
        block_xyz_m: float64[3], its centre, base frame.
        lying_z_m: how high the centre of a block is that lies on the table.
        lift_m: how far it is to be lifted.
        is_held: both jaws touch it.
        is_closing: the gripper moves.
        is_solved: it is held, and was lifted far enough.
    """

    block_xyz_m: NDArray[np.float64]
    lying_z_m: float
    lift_m: float
    is_held: bool
    is_closing: bool
    is_solved: bool

    def to_arrow(self) -> tuple[pa.StructArray, Metadata]:
        """Encode."""
        return pack({"block_xyz_m": self.block_xyz_m.astype(np.float32)}), {
            "schema": SCHEMA,
            "lying_z_m": float(self.lying_z_m),
            "lift_m": float(self.lift_m),
            "is_held": bool(self.is_held),
            "is_closing": bool(self.is_closing),
            "is_solved": bool(self.is_solved),
        }

    @classmethod
    def from_arrow(cls, value: pa.Array, metadata: Mapping[str, Any]) -> Self:
        """Decode.

        Raises:
            MessageError: says which column or key was not as expected.
        """
        row, meta = Row("world", value), MetadataReader("world", metadata)
        return cls(
            block_xyz_m=row.array("block_xyz_m", (3,), "float32").astype(np.float64),
            lying_z_m=meta.value("lying_z_m", float),
            lift_m=meta.value("lift_m", float),
            is_held=meta.value("is_held", bool),
            is_closing=meta.value("is_closing", bool),
            is_solved=meta.value("is_solved", bool),
        )

    def to_json(self) -> str:
        """Return it as a line of text."""
        return json.dumps(dataclasses.asdict(self) | {"block_xyz_m": self.block_xyz_m.tolist()})

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Read such a line."""
        raw = json.loads(line)
        return cls(**raw | {"block_xyz_m": np.array(raw["block_xyz_m"])})
