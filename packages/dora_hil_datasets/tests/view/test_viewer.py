"""Rerun's own program, started and ended for real, as a server."""

import socket

import pytest
import rerun as rr

from dora_hil.display.rerun_program import RerunProgram, ViewError, is_taken
from dora_hil_datasets.view.viewer import HOST, deliver, start_viewer, uri


@pytest.fixture
def ports() -> tuple[int, int]:
    """Return two ports that nobody listens on."""
    with socket.socket() as one, socket.socket() as other:
        for taken in (one, other):
            taken.bind((HOST, 0))
        return one.getsockname()[1], other.getsockname()[1]


def _serve(ports: tuple[int, int]) -> RerunProgram:
    words = ("--serve-web", "--web-viewer-port", str(ports[1]))
    return start_viewer(ports[0], *words, outlives_us=False)


def test_it_listens_once_it_is_there_and_no_more_once_it_is_closed(
    ports: tuple[int, int],
) -> None:
    """Nothing is left running."""
    viewer = _serve(ports)
    try:
        assert is_taken(HOST, ports[0])
    finally:
        viewer.stop()
    assert not is_taken(HOST, ports[0])


def test_what_is_delivered_has_arrived(ports: tuple[int, int]) -> None:
    """A process that ends right afterwards loses nothing."""
    viewer = _serve(ports)
    try:
        recording = rr.RecordingStream("test")
        recording.connect_grpc(uri(ports[0]))
        recording.log("number", rr.Scalars(1.0))
        deliver(recording, ports[0])
        recording.disconnect()
    finally:
        viewer.stop()


def test_a_viewer_that_was_closed_is_an_error_and_not_an_endless_wait(
    ports: tuple[int, int],
) -> None:
    """Rerun by itself would wait for it for ever."""
    viewer = _serve(ports)
    recording = rr.RecordingStream("test")
    recording.connect_grpc(uri(ports[0]))
    deliver(recording, ports[0])
    viewer.stop()
    recording.log("number", rr.Scalars(1.0))
    with pytest.raises(ViewError, match="closed before it had everything"):
        deliver(recording, ports[0])


def test_a_program_that_does_not_start_is_quoted(ports: tuple[int, int]) -> None:
    """It knows what is wrong: no display, no graphics, a port in use."""
    with pytest.raises(ViewError, match=r"Rerun does not start: .*help"):
        start_viewer(ports[0], "--no-such-option", outlives_us=False)
