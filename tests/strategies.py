"""Strategies and comparisons for tests of messages."""

import dataclasses
from typing import Any

import numpy as np
from hypothesis import strategies as st

int64 = st.integers(-(2**63), 2**63 - 1)
float32 = st.floats(width=32, allow_nan=False)
text = st.text(max_size=20)


def assert_same(sent: Any, received: Any) -> None:
    """Compare two messages field by field, arrays by value and dtype."""
    for field in dataclasses.fields(sent):
        a, b = getattr(sent, field.name), getattr(received, field.name)
        if isinstance(a, dict):
            assert a.keys() == b.keys()
            for key in a:
                assert a[key].dtype == b[key].dtype
                np.testing.assert_array_equal(a[key], b[key])
        elif isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)
        else:
            assert a == b, field.name
