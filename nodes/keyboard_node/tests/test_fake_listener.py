"""The fake keyboard keeps the real one's promises."""

import pytest

from keyboard_node.fake_listener import FakeListener
from keyboard_node.listener import KeyListener, ListenerError


def test_it_reports_presses_and_releases_by_name() -> None:
    """Through the same interface as the real one."""
    fake = FakeListener()
    listener: KeyListener = fake
    seen: list[str] = []
    listener.start(
        lambda key: seen.append(f"+{key}"),
        lambda key: seen.append(f"-{key}"),
        lambda: seen.append("click"),
    )
    fake.press("up")
    fake.click()
    fake.release("up")
    assert seen == ["+up", "click", "-up"]


def test_it_can_say_what_is_down_or_that_it_cannot_tell() -> None:
    """As on X11, and as elsewhere."""
    fake = FakeListener()
    fake.press("up")
    assert fake.down() == frozenset({"up"})
    assert FakeListener(reads_state=False).down() is None


def test_a_failure_is_the_real_ones_error() -> None:
    """At start and later."""
    with pytest.raises(ListenerError, match="no display"):
        FakeListener(failure="no display").start(lambda _: None, lambda _: None, lambda: None)
