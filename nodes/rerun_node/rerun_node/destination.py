"""Where recordings go: to a Rerun viewer or server, or into a folder."""

from typing import Protocol

import rerun as rr
import rerun.blueprint as rrb


class BehindError(Exception):
    """What was written has not been taken yet; the text says by whom."""


class Destination(Protocol):
    """Takes one recording per episode.

    Attributes:
        is_live: it is watched while the run goes on, between the episodes too.
    """

    is_live: bool

    def open(self) -> None:
        """Get ready.

        Raises:
            ViewError: nothing can be shown.
        """

    def begin(self, stream: rr.RecordingStream, blueprint: rrb.Blueprint, episode: int) -> None:
        """Connect a recording, before anything is written to it.

        Args:
            stream: the recording.
            blueprint: how to arrange it; the same object as long as nothing changes.
            episode: its number; -1 for what comes before the first.

        Raises:
            ViewError: it cannot be taken.
        """

    def deliver(self, stream: rr.RecordingStream) -> None:
        """Return when what was written has been taken.

        Raises:
            BehindError: it has not, within a second; it may be later.
            ViewError: it never will be.
        """

    def end(self, stream: rr.RecordingStream) -> None:
        """Complete a recording.

        Raises:
            ViewError: it cannot be.
        """

    def close(self) -> None:
        """Release what `open` took."""
