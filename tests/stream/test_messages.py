"""What devices, policies and run owners say."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import assert_same, float32, int64, text

from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.codec import MessageError
from dora_hil.stream.messages import Action, Command, Control, RunState, Status
from dora_hil.stream.training_progress import CurvePoint, TrainingProgress

MESSAGES = st.one_of(
    st.builds(
        Action,
        hnp.arrays(np.float32, st.integers(1, 9), elements=float32),
        st.sampled_from(ActionSpace),
        int64,
        int64,
        st.booleans(),
        int64,
    ),
    st.builds(Control, st.sampled_from(Command), int64, int64, int64, st.booleans(), text),
    st.builds(
        Status, st.sampled_from(RunState), text, int64, int64, int64, int64, st.booleans(), text
    ),
)


@given(MESSAGES)
@settings(max_examples=300)
def test_a_message_survives_the_journey(sent: Action | Control | Status) -> None:
    """Every field of it."""
    assert_same(sent, type(sent).from_arrow(*sent.to_arrow()))


def test_how_a_training_goes_travels_with_a_status_and_may_be_left_out() -> None:
    """A run that trains nothing says nothing of it, as before there was such a key."""
    training = TrainingProgress(100, episodes=1, curve=(CurvePoint(7, 1.0, 0.0, 2, 12, 0.5),))
    sent = Status(RunState.GRANTED, role="actor", training=training)
    value, metadata = sent.to_arrow()
    assert Status.from_arrow(value, metadata) == sent
    del metadata["training"]
    assert Status.from_arrow(value, metadata).training is None
    assert metadata == Status(RunState.GRANTED, role="actor").to_arrow()[1]


def test_something_that_is_no_struct_is_refused() -> None:
    """A flat array of numbers is no message of ours."""
    with pytest.raises(MessageError, match="action: expected a one-row struct, got double"):
        Action.from_arrow(pa.array([1.0]), {"schema": 1})


def test_an_unknown_command_lists_the_known_ones() -> None:
    """A typo in a partner's node."""
    value = pa.StructArray.from_arrays([pa.array(["go"])], names=["command"])
    with pytest.raises(MessageError, match=r"one of 'stop', 'rerecord', 'next'.*got 'go'"):
        Control.from_arrow(value, {"schema": 1})
