"""The socket that LeRobot processes connect to."""

import fcntl
import os
import socket
import stat
from pathlib import Path

from dora_hil.errors import UserError
from dora_hil_bridge.address import VARIABLE

MAX_PATH_BYTES = 103
"""What every system takes: macOS has 104 bytes, Linux 108, one for the end."""


class SocketError(UserError):
    """Nobody can listen there."""


class Listening:
    """A Unix socket that only this user can reach.

    Who listens holds a lock on ``<path>.lock``, which the system lets go of when the process
    ends, however it does: so a socket that was left behind is told from one that is in use.
    """

    def __init__(self, path: Path) -> None:
        """Listen; what a killed process has left there is replaced.

        Raises:
            SocketError: somebody listens there already, or nobody can.
        """
        self.path = path
        if len(os.fsencode(path)) > MAX_PATH_BYTES:
            raise SocketError(
                f"{path}: a socket's path has at most {MAX_PATH_BYTES} bytes; {_ANOTHER}"
            )
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._lock = self._locked()
            self._remove_left_over()
            self._bind()
        except OSError as error:
            self.socket.close()
            raise SocketError(f"{path}: cannot be made: {error.strerror}; {_ANOTHER}") from None

    def close(self) -> None:
        """Listen no more and leave nothing to connect to."""
        self.socket.close()
        self.path.unlink(missing_ok=True)
        os.close(self._lock)

    def _locked(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        lock = os.open(f"{self.path}.lock", flags, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            self.socket.close()
            raise SocketError(f"{self.path}: another dataflow listens here; {_ANOTHER}") from None
        return lock

    def _remove_left_over(self) -> None:
        try:
            mode = self.path.lstat().st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(mode):
            raise SocketError(f"{self.path}: is there already and no socket; {_ANOTHER}")
        self.path.unlink()

    def _bind(self) -> None:
        # Not chmod afterwards: others could connect in between.
        before = os.umask(0o177)
        try:
            self.socket.bind(str(self.path))
        finally:
            os.umask(before)
        self.socket.listen()


_ANOTHER = f"name another path in {VARIABLE}"
