"""A destination: a folder with one .rrd file per episode."""

from pathlib import Path
from typing import Final

import rerun as rr
import rerun.blueprint as rrb

from dora_hil.display.rerun_program import ViewError
from dora_hil.errors import UserError

FLUSH_TIME_LIMIT_S: Final = 2.0


class FolderError(UserError):
    """Recordings cannot be written there."""


class RecordingFolder:
    """Files named `episode_000000.rrd`, by the number of the attempt.

    A file is whole when the next episode begins or the run is over; after a crash it ends at
    most a fifth of a second early.
    """

    is_live = False

    def __init__(self, path: Path) -> None:
        """Make the folder, and sure that it can be written to.

        Raises:
            FolderError: it cannot, or it holds something already.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise FolderError(f"{path}: is not empty; expected a new folder")
            (path / "probe").touch()
            (path / "probe").unlink()
        except (FileExistsError, NotADirectoryError):
            raise FolderError(f"{path}: is a file; expected a new folder") from None
        except OSError as error:
            raise FolderError(f"{path}: cannot be written: {error.strerror}") from None
        self._path = path

    def open(self) -> None:
        """Do nothing: each recording opens its file."""

    def begin(self, stream: rr.RecordingStream, blueprint: rrb.Blueprint, episode: int) -> None:
        """Open a file; each has its blueprint, for it is opened by itself."""
        try:
            stream.save(self._path / f"episode_{episode:06d}.rrd", default_blueprint=blueprint)
        except RuntimeError as error:
            raise ViewError(str(error)) from None

    def deliver(self, stream: rr.RecordingStream) -> None:
        """Do nothing: Rerun writes five times a second."""

    def end(self, stream: rr.RecordingStream) -> None:
        """Close the file."""
        try:
            stream.flush(timeout_sec=FLUSH_TIME_LIMIT_S)
        except RuntimeError:
            # No `disconnect`: where the disk is full, Rerun may wait in it for ever.
            raise ViewError(
                f"{self._path}: cannot be written any more, perhaps the disk is full"
            ) from None
        stream.disconnect()

    def close(self) -> None:
        """Do nothing: each recording closes its file."""
