"""Fixtures of whole-dataflow tests."""

from collections.abc import Iterator

import pytest

from keyboard_node.virtual_display import VirtualDisplay


@pytest.fixture
def display() -> Iterator[str]:
    """Start a virtual X server and return its DISPLAY."""
    with VirtualDisplay("-screen", "0", "1000x800x24") as server:
        yield server.name
