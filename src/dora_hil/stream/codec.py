"""One row of Arrow columns from numpy, and back as views.

A message is a one-row struct. An array is a fixed-size-list column, so that it is read back
as a numpy view of the received buffer; Python lists of numbers are never made. Encoding two
128x128 pictures as a dict scalar costs twenty times as much.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dora_hil.errors import UserError

# The first conversion imports numpy.ma, and pandas where that is installed (2 s): here, not in
# a control loop.
pa.array(np.zeros(1)).to_numpy()

SCHEMA = 1

_ARROW_TYPES = {
    name: pa.from_numpy_dtype(np.dtype(name)) for name in ("float32", "float16", "uint8")
}

type Metadata = dict[str, bool | int | float | str]
type Cell = NDArray[Any] | float | bool | str


class MessageError(UserError, ValueError):
    """A message that is not what its port carries; the text says what was expected."""


def pack(cells: Mapping[str, Cell]) -> pa.StructArray:
    """Make a one-row struct: arrays become fixed-size lists, floats float32."""
    return pa.StructArray.from_arrays([_column(c) for c in cells.values()], names=list(cells))


def _column(cell: Cell) -> pa.Array:
    if isinstance(cell, np.ndarray):
        return pa.FixedSizeListArray.from_arrays(pa.array(cell.reshape(-1)), cell.size)
    if isinstance(cell, bool | np.bool_):
        return pa.array([bool(cell)], pa.bool_())
    if isinstance(cell, str):
        return pa.array([cell], pa.utf8())
    return pa.array(np.array([cell], dtype=np.float32))


def _describe(kind: pa.DataType) -> str:
    if pa.types.is_fixed_size_list(kind):
        return f"{kind.value_type}[{kind.list_size}]"
    return str(kind)


class Row:
    """A received one-row struct, read column by column with checks."""

    def __init__(self, port: str, value: pa.Array) -> None:
        """Take the value of an INPUT event; `port` is what an error calls the message.

        Raises:
            MessageError: not a struct of exactly one row.
        """
        if not pa.types.is_struct(value.type):
            raise MessageError(f"{port}: expected a one-row struct, got {value.type}")
        if len(value) != 1:
            raise MessageError(f"{port}: expected one row, got {len(value)}")
        self.port = port
        self._value = value
        self.names = tuple(field.name for field in value.type)

    def _column(self, name: str) -> pa.Array:
        if name not in self.names:
            raise MessageError(
                f"{self.port}: column {name!r} is missing; got {', '.join(self.names)}"
            )
        column = self._value.field(name)
        if column.null_count:
            raise MessageError(f"{self.port}: column {name!r} is null")
        return column

    def array(self, name: str, shape: tuple[int, ...] | None, dtype: str) -> NDArray[Any]:
        """Return a read-only view of the received buffer.

        Args:
            name: the column.
            shape: what the array must be reshaped to, or None for any length.
            dtype: the element type it must have: float32, float16 or uint8.

        Raises:
            MessageError: the column is missing or of another type or size.
        """
        column = self._column(name)
        kind = column.type
        if (
            pa.types.is_fixed_size_list(kind)
            and kind.value_type == _ARROW_TYPES[dtype]
            and (shape is None or kind.list_size == math.prod(shape))
        ):
            # `flatten` would do, but imports pyarrow.compute with the first message: 0.1 s.
            row = column.values.slice(column.offset * kind.list_size, kind.list_size)
            flat: NDArray[Any] = row.to_numpy(zero_copy_only=True)
            return flat if shape is None else flat.reshape(shape)
        expected = f"{dtype}[{'n' if shape is None else math.prod(shape)}]"
        raise MessageError(
            f"{self.port}: column {name!r}: expected {expected}, got {_describe(kind)}"
        )

    def number(self, name: str) -> float:
        """Return a float32 cell."""
        return float(self._scalar(name, pa.float32()).to_numpy()[0])

    def flag(self, name: str) -> bool:
        """Return a bool cell."""
        return bool(self._scalar(name, pa.bool_()).to_numpy(zero_copy_only=False)[0])

    def text(self, name: str) -> str:
        """Return a utf8 cell."""
        return str(self._scalar(name, pa.utf8())[0])

    def _scalar(self, name: str, expected: pa.DataType) -> pa.Array:
        column = self._column(name)
        if column.type != expected:
            raise MessageError(
                f"{self.port}: column {name!r}: expected {expected}, got {column.type}"
            )
        return column


class MetadataReader:
    """Received metadata, read key by key with checks."""

    def __init__(self, port: str, metadata: Mapping[str, Any]) -> None:
        """Check the schema first.

        Raises:
            MessageError: another schema than this code speaks.
        """
        self.port = port
        self._metadata = metadata
        schema = self.value("schema", int)
        if schema != SCHEMA:
            raise MessageError(f"{port}: expected schema {SCHEMA}, got {schema}")

    def value[T: (bool, int, float, str)](self, key: str, kind: type[T]) -> T:
        """Return one value.

        Raises:
            MessageError: the key is missing or holds another type.
        """
        if key not in self._metadata:
            raise MessageError(f"{self.port}: metadata {key!r} is missing")
        got = self._metadata[key]
        if kind is float and type(got) is int:
            got = float(got)
        if type(got) is not kind:
            raise MessageError(
                f"{self.port}: metadata {key!r}: expected {kind.__name__}, got {got!r}"
            )
        return got

    def optional[T: (bool, int, float, str)](self, key: str, kind: type[T]) -> T | None:
        """Return one value, or None where the sender left it out."""
        return self.value(key, kind) if key in self._metadata else None

    def choice[E: str](self, key: str, enum: type[E]) -> E:
        """Return one value of an enumeration of strings.

        Raises:
            MessageError: not one of them.
        """
        got = self.value(key, str)
        return choice(f"{self.port}: metadata {key!r}", got, enum)


def choice[E: str](what: str, got: str, enum: type[E]) -> E:
    """Return the member of a StrEnum.

    Raises:
        MessageError: lists the members.
    """
    try:
        return enum(got)
    except ValueError:
        accepted = ", ".join(repr(str(m)) for m in enum)  # type: ignore[attr-defined]
        raise MessageError(f"{what}: expected one of {accepted}, got {got!r}") from None
