"""How tests are shared out, and what every test leaves behind it."""

import logging
import os
from collections.abc import Iterator

import pytest


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many processes share the tests; a slow one has the machine to itself."""
    return min(os.cpu_count() or 1, 4) if "not slow" in config.option.markexpr else 0


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Undo what a program's set-up did to logging in this process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
