"""How a run owner's loop ends."""

import logging

import pytest

from dora_hil.node.node import NodePort
from dora_hil.owner.loop import run_owner
from dora_hil.owner.run_owner import RunOwner
from dora_hil.stream.messages import RunState, Status
from dora_hil.testing.fake_node import FakeNode


def _port() -> tuple[NodePort, FakeNode]:
    node = FakeNode((), {"episode": "body/episode"}, ("status",))
    return NodePort(node), node


def _last_word(node: FakeNode) -> Status:
    [(output, value, metadata)] = node.sent
    assert output == "status"
    return Status.from_arrow(value, metadata)


def test_a_run_that_ends_well_says_over_and_returns_0() -> None:
    """After everything was heard."""
    port, node = _port()
    heard: list[int] = []
    assert (
        run_owner(port, RunOwner("recorder", target=0), lambda: heard.append(len(node.sent))) == 0
    )
    assert heard == [0]
    assert (_last_word(node).state, _last_word(node).ok) == (RunState.OVER, True)


def test_an_error_is_in_the_last_word_and_is_raised() -> None:
    """The others learn why; the shell too."""
    port, node = _port()

    def hear_all() -> None:
        raise OSError("disk\nfull")

    with pytest.raises(OSError, match="disk"):
        run_owner(port, RunOwner("recorder", target=0), hear_all)
    assert (_last_word(node).ok, _last_word(node).message) == (False, "disk full")


class Failed:
    """An owner that knows of a fault of its own."""

    def over(self, failure: str = "") -> Status:
        """Return the last word."""
        return RunOwner("actor", target=0).over(failure or "the body had a fault")


def test_what_the_owner_found_wrong_is_logged_and_returns_1(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """There is no exception to show."""
    port, node = _port()
    with caplog.at_level(logging.ERROR):
        assert run_owner(port, Failed(), lambda: None) == 1
    assert [r.getMessage() for r in caplog.records] == ["the body had a fault"]
    assert _last_word(node).message == "the body had a fault"
