"""Settings and fixtures of the library's and the dataflows' tests."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from keyboard_node.virtual_display import VirtualDisplay

# A loaded machine is not a defect: how long an example takes is not asserted.
settings.register_profile("dora-hil", deadline=None)
settings.load_profile("dora-hil")


@pytest.fixture
def display() -> Iterator[str]:
    """Start a virtual X server and return its DISPLAY."""
    with VirtualDisplay("-screen", "0", "1000x800x24") as server:
        yield server.name
