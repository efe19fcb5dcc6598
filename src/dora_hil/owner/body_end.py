"""Whether the body has ended the run, and how."""

from dora_hil.errors import left_early
from dora_hil.stream.timestep import EndReason, TimeStep


class BodyEnd:
    """What a run owner has to know of the body's end.

    Attributes:
        has_come: nothing follows that belongs to the run.
        fault: what went wrong, for people; empty for nothing.
    """

    def __init__(self) -> None:
        """Start with a run that goes on."""
        self.has_come = False
        self.fault = ""

    def hear(self, timestep: TimeStep) -> None:
        """Take the next message."""
        if timestep.run_over:
            self.has_come = True
            if timestep.end_reason is EndReason.FAULT:
                self.fault = "the body had a fault"

    def stream_ended(self, *, expected: bool) -> None:
        """Note that no message follows.

        Args:
            expected: the run was over or stopped, so that the body did not just vanish.
        """
        if not expected:
            self.fault = left_early("body")
        self.has_come = True
