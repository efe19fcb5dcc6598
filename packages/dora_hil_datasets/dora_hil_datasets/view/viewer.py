"""How recordings reach Rerun's program on this machine."""

from typing import Final

import rerun as rr

from dora_hil.display.rerun_program import RerunProgram, ViewError, is_taken

HOST: Final = "127.0.0.1"
FLUSH_TIME_LIMIT_S: Final = 2.0


def start_viewer(port: int, *arguments: str, outlives_us: bool) -> RerunProgram:
    """Start Rerun's program, reachable from this machine only.

    Args:
        port: what recordings connect to.
        arguments: further ones of its command line.
        outlives_us: it stays when this process ends, as a window should.

    Raises:
        ViewError: it does not start.
    """
    # Without --bind it would listen to the whole network.
    words = ["--bind", HOST, "--port", str(port), *arguments]
    program = RerunProgram(words, outlives_us=outlives_us)
    program.start(HOST, port)
    return program


def uri(port: int) -> str:
    """Return what a recording connects to."""
    return f"rerun+http://{HOST}:{port}/proxy"


def deliver(recording: rr.RecordingStream, port: int) -> None:
    """Return when a viewer has got what was logged; Rerun alone would wait for a dead one.

    Raises:
        ViewError: it has gone.
    """
    while True:
        try:
            recording.flush(timeout_sec=FLUSH_TIME_LIMIT_S)
        except RuntimeError:
            if not is_taken(HOST, port):
                raise ViewError("the viewer was closed before it had everything") from None
        else:
            return
