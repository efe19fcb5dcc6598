"""Two folders that change places at one instant, where the platform can do that."""

import ctypes
import errno
import os
import sys
from pathlib import Path

_AT_FDCWD = -100
_LINUX_RENAME_EXCHANGE = 2
_MACOS_RENAME_SWAP = 2

# A kernel or a file system (NFS, some FUSE) that cannot.
_CANNOT = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change places.

    Returns:
        True if they have; False, and nothing has changed, if this platform cannot.

    Raises:
        OSError: they could not, for another reason; nothing has changed.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    paths = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            code = libc.renamex_np(*paths, ctypes.c_uint(_MACOS_RENAME_SWAP))
        else:
            flags = ctypes.c_uint(_LINUX_RENAME_EXCHANGE)
            code = libc.renameat2(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], flags)
    except AttributeError:
        return False
    if code == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))
