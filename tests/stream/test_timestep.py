"""What a body says, and the codec."""

import subprocess
import sys
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from strategies import assert_same, float32, int64, text

from dora_hil.stream.codec import MessageError
from dora_hil.stream.messages import Action
from dora_hil.stream.spec import ColumnSpec, StreamSpec, ee_action_columns
from dora_hil.stream.timestep import EndReason, Kind, Phase, Telemetry, TimeStep, Verdict

SPEC = StreamSpec(
    task="pick up the cube",
    body="fake",
    action_spaces=("ee_delta", "ee_absolute"),
    columns={
        "observation.state": ColumnSpec((3,), ("a", "b", "c"), ("m", "m", "m")),
        "observation.images.front": ColumnSpec.image(4, 6),
        "privileged.block_xyz_m": ColumnSpec((3,), ("x", "y", "z"), ("m", "m", "m")),
        **ee_action_columns(),
    },
)


@st.composite
def timesteps(draw: st.DrawFn) -> TimeStep:
    """Draw any message that fits `SPEC`."""
    vector = hnp.arrays(np.float32, 3, elements=float32)
    action = hnp.arrays(np.float32, 4, elements=float32)
    return TimeStep(
        kind=draw(st.sampled_from(Kind)),
        phase=draw(st.sampled_from(Phase)),
        episode=draw(int64),
        step=draw(int64),
        columns={
            "observation.state": draw(vector),
            "observation.images.front": draw(hnp.arrays(np.uint8, (4, 6, 3))),
            "privileged.block_xyz_m": draw(vector),
        },
        spec=SPEC,
        actions={"ee_delta": draw(action), "ee_absolute": draw(action)},
        reward=draw(float32),
        done=draw(st.booleans()),
        truncated=draw(st.booleans()),
        success=draw(st.booleans()),
        discrete_penalty=draw(float32),
        is_intervention=draw(st.booleans()),
        seed=draw(int64),
        verdict=draw(st.sampled_from(Verdict)),
        end_reason=draw(st.sampled_from(EndReason)),
        run_over=draw(st.booleans()),
        control_dt_s=draw(st.floats(0, 10)),
        t_capture_ns=draw(int64),
        telemetry=Telemetry(
            driver=draw(text),
            late=draw(int64),
            missed_ticks=draw(int64),
            safety=draw(text),
            frame_age_ms=draw(st.none() | st.floats(0, 1000)),
            discard_in_s=draw(st.none() | st.floats(0, 10)),
        ),
    )


@given(timesteps())
def test_a_timestep_survives_the_journey(sent: TimeStep) -> None:
    """Every field of a TimeStep round-trips."""
    assert_same(sent, TimeStep.from_arrow(*sent.to_arrow()))


def example(**changes: Any) -> TimeStep:
    """Return a plain MID step."""
    fields: dict[str, Any] = {
        "kind": Kind.MID,
        "phase": Phase.RUNNING,
        "episode": 0,
        "step": 1,
        "columns": {
            "observation.state": np.zeros(3, dtype=np.float32),
            "observation.images.front": np.zeros((4, 6, 3), dtype=np.uint8),
            "privileged.block_xyz_m": np.zeros(3, dtype=np.float32),
        },
        "spec": SPEC,
    }
    return TimeStep(**{**fields, **changes})


def through_ipc(value: pa.StructArray) -> pa.StructArray:
    """Send an array through Arrow's stream format, as dora does."""
    sink = pa.BufferOutputStream()
    batch = pa.RecordBatch.from_arrays([value], names=["value"])
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return pa.ipc.open_stream(sink.getvalue()).read_next_batch().column(0)


def test_received_arrays_are_views_of_the_received_buffer() -> None:
    """No copy: the picture lies inside the buffer that arrived, and is read-only."""
    value, metadata = example().to_arrow()
    received = through_ipc(value)
    image = TimeStep.from_arrow(received, metadata).columns["observation.images.front"]
    buffer = received.field("observation.images.front").values.buffers()[1]
    assert image.ctypes.data == buffer.address
    assert not image.flags.owndata
    assert not image.flags.writeable


def test_an_action_outside_mid_and_last_is_nan() -> None:
    """Every message has the same columns."""
    received = TimeStep.from_arrow(*example(kind=Kind.PHASE, step=-1).to_arrow())
    assert np.isnan(received.actions["ee_delta"]).all()
    assert np.isnan(received.actions["ee_absolute"]).all()


@pytest.mark.parametrize(
    ("name", "array", "expected"),
    [
        ("observation.state", None, "column 'observation.state' of the spec was not given"),
        # float64 never gets onto the wire.
        ("observation.state", np.zeros(3), r"the spec says float32\[3\], got float64\[3\]"),
        # A recorder would not know its shape.
        ("observation.extra", np.zeros(3, np.float32), "not in the spec: observation.extra"),
    ],
)
def test_a_column_that_is_not_what_the_spec_says_is_refused_when_sending(
    name: str, array: NDArray[Any] | None, expected: str
) -> None:
    """Missing, of another type, or more than there should be."""
    columns = dict(example().columns)
    columns.pop(name, None)
    if array is not None:
        columns[name] = array
    with pytest.raises(MessageError, match=expected):
        example(columns=columns).to_arrow()


def replaced(value: pa.StructArray, name: str, column: pa.Array | None) -> pa.StructArray:
    """Return a struct with one column exchanged or left out."""
    columns = {field.name: value.field(field.name) for field in value.type}
    if column is None:
        del columns[name]
    else:
        columns[name] = column
    return pa.StructArray.from_arrays(list(columns.values()), names=list(columns))


@pytest.mark.parametrize(
    ("name", "column", "expected"),
    [
        ("observation.state", None, "column 'observation.state' is missing; got"),
        (
            "observation.state",
            pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(2, dtype=np.float32)), 2),
            r"'observation.state': expected float32\[3\], got float\[2\]",
        ),
        (
            "observation.state",
            pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(3)), 3),
            r"'observation.state': expected float32\[3\], got double\[3\]",
        ),
        ("observation.state", pa.array([[0.0]]), r"expected float32\[3\], got list"),
        ("next.reward", pa.array([1.0]), "'next.reward': expected float, got double"),
        ("next.done", pa.array([1]), "'next.done': expected bool, got int64"),
        ("next.done", pa.array([None], pa.bool_()), "'next.done' is null"),
    ],
)
def test_a_column_that_is_not_as_expected_is_refused_by_name(
    name: str, column: pa.Array | None, expected: str
) -> None:
    """The error says the column, what was expected and what came."""
    value, metadata = example().to_arrow()
    with pytest.raises(MessageError, match=expected):
        TimeStep.from_arrow(replaced(value, name, column), metadata)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("schema", 2, "expected schema 1, got 2"),
        ("step", None, "metadata 'step' is missing"),
        ("step", "1", "metadata 'step': expected int, got '1'"),
        ("kind", "middle", "metadata 'kind': expected one of 'first', 'mid', 'last', 'phase'"),
        ("run_over", 1, "metadata 'run_over': expected bool, got 1"),
    ],
)
def test_metadata_that_is_not_as_expected_is_refused_by_key(
    key: str, value: Any, expected: str
) -> None:
    """The error says the key, what was expected and what came."""
    array, metadata = example().to_arrow()
    changed: dict[str, Any] = {**metadata, key: value}
    if value is None:
        del changed[key]
    with pytest.raises(MessageError, match=expected):
        TimeStep.from_arrow(array, changed)


def test_a_whole_number_is_accepted_where_a_float_is_meant() -> None:
    """YAML and JSON turn 1.0 into 1."""
    array, metadata = example().to_arrow()
    assert TimeStep.from_arrow(array, {**metadata, "control_dt_s": 1}).control_dt_s == 1.0


def test_metadata_holds_only_what_dora_can_carry() -> None:
    """Numpy scalars would silently become strings, and `timestamp` would hide dora's own."""
    for message in (example(reward=np.float64(1)), Action(np.zeros(4, dtype=np.float32))):
        _, metadata = message.to_arrow()
        assert all(type(v) in (bool, int, float, str) for v in metadata.values())
        assert "timestamp" not in metadata


def test_a_row_in_the_middle_of_a_larger_buffer_is_read_as_itself() -> None:
    """A struct that was sliced keeps an offset."""
    value, metadata = example().to_arrow()
    other = example(
        columns={**example().columns, "observation.state": np.ones(3, dtype=np.float32)}
    ).to_arrow()[0]
    both = pa.concat_arrays([value, other])
    received = TimeStep.from_arrow(both.slice(1, 1), metadata)
    np.testing.assert_array_equal(received.columns["observation.state"], [1, 1, 1])


def test_neither_way_imports_anything_with_the_first_message() -> None:
    """It would stall the first step of a run for a tenth of a second."""
    code = """
import sys
import numpy as np
from dora_hil.stream.messages import Action
before = set(sys.modules)
Action.from_arrow(*Action(np.zeros(4, dtype=np.float32)).to_arrow())
print(*(set(sys.modules) - before))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
