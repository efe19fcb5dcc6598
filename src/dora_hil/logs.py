"""What a person reads on the terminal: one line for each event, nothing of the libraries.

Our own records pass from INFO on. A library's pass from WARNING on, each once and as one line:
its tracebacks and advice are for those who develop it. Not shown are its bars, what it prints, and
what LeRobot warns of at each start whatever the config says. In a dataflow a record is written as
the line of JSON that dora reads levels from, whether the node is attached already or not.
"""

import atexit
import copy
import json
import logging
import os
import re
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from datetime import UTC, datetime
from typing import Final

from dora_hil.errors import one_line, shortened

_SHARED: Final = frozenset({"dora_hil", "dora_hil_bridge", "dora_hil_datasets", "__main__"})
_LEVELS: Final = ((logging.ERROR, "error"), (logging.WARNING, "warn"), (logging.INFO, "info"))
_DORAS_OWN: Final = (b'"target":"dora_node_api', b'"target":"zenoh')
NO_BARS: Final = {
    "TQDM_DISABLE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
}
"""Environment without the bars of libraries; our own say themselves whether they are shown."""

_NOT_NEWS: Final = (
    # PyAV decodes then.
    "Could not load libtorchcodec",
    # The config names the device,
    "Using CPU, this will be slow",
    "No accelerated backend detected",
    # and has the statistics of an online training in it.
    "You are instantiating a policy from scratch",
)
"""What LeRobot warns of at each start, though it is as it was meant."""
_COUNTERS: Final = re.compile(
    r"Unexpected key\(s\) when loading model: \[('[^']+\.num_batches_tracked'(, )?)+\]"
)
"""What LeRobot warns of where networks share an encoder with batch norms, each time it is loaded.

Not one of these keys is in the file: torch's batch norms add them under each name of the encoder,
with the values that they have.
"""
_END: Final = b"\0end of stdout\n"

_stdout = 1
"""The descriptor of what stdout was when the program began."""


def set_up(name: str, level: int = logging.INFO, *, bars: bool = False) -> None:
    """Send log records where a person reads them; to be called once, before anything heavy.

    Args:
        name: the program's, such as ``gym-hil-node``; loggers of its package are ours.
        level: of our own records.
        bars: show those of libraries.
    """
    if not sys.warnoptions:
        # For those who develop the libraries; PYTHONWARNINGS=default shows them.
        warnings.simplefilter("ignore")
    # The AV1 encoder writes past everything.
    os.environ.setdefault("SVT_LOG", "1")
    if not bars:
        os.environ.update(NO_BARS)
    is_node = "DORA_NODE_CONFIG" in os.environ
    handler = DoraLineHandler(_stdout_without_dora()) if is_node else logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s" if is_node else _plain(name, level)))
    handler.addFilter(LibraryFilter({*_SHARED, name, name.replace("-", "_"), "lerobot_node"}))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def show(*starts: str) -> None:
    """Show records of libraries that begin so: where one does the work, how far it is."""
    for handler in logging.getLogger().handlers:
        for known in handler.filters:
            if isinstance(known, LibraryFilter):
                known.news += starts


@contextmanager
def without_prints() -> Iterator[None]:
    """Keep what a library prints off the terminal; log records are shown.

    The whole process prints nothing meanwhile: for loading, and for programs that only log.
    """
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        yield


_quietened: list[str] = []


def quieten_rust(rust_log: str) -> None:
    """Set `RUST_LOG` where nobody has; to be called before a library in Rust is imported."""
    if os.environ.setdefault("RUST_LOG", rust_log) == rust_log:
        _quietened.append(rust_log)


def _plain(name: str, level: int) -> str:
    return (
        f"{name}: %(levelname)s: %(message)s" if level < logging.WARNING else f"{name}: %(message)s"
    )


def give_stdout_back() -> None:
    """Let file descriptor 1 be what it was, for a program that takes this one's place (`exec`).

    Whoever reads the pipe that stands there ends with this program.
    """
    sys.stdout.flush()
    os.dup2(_stdout, 1)


class LibraryFilter(logging.Filter):
    """Lets a library's warning through as one line, and once.

    Attributes:
        news: how records of libraries begin that are shown whatever their level; see `show`.
    """

    def __init__(self, ours: set[str]) -> None:
        """Take the names of the packages whose records pass as they are."""
        super().__init__()
        self._ours = ours
        self.news: tuple[str, ...] = ()
        self._said: set[tuple[str, str]] = set()

    def filter(self, record: logging.LogRecord) -> bool | logging.LogRecord:
        """Say whether a record is shown; a library's is shortened, here alone."""
        package = record.name.partition(".")[0]
        if package in self._ours:
            return True
        text = record.getMessage().strip().partition("\n")[0]
        if self.news and text.startswith(self.news):
            return True
        line = f"{package}: {shortened(text)}"
        if text.startswith(_NOT_NEWS) or _COUNTERS.fullmatch(text):
            return False
        if record.levelno < logging.WARNING or (record.name, line) in self._said:
            return False
        self._said.add((record.name, line))
        if record.exc_info and record.exc_info[1]:
            line = f"{line}: {one_line(record.exc_info[1])}"
        short = copy.copy(record)
        short.msg, short.args = line, None
        short.exc_info = short.exc_text = short.stack_info = None
        return short


class DoraLineHandler(logging.Handler):
    """Writes records as lines that dora's daemon takes for log messages with a level.

    `Node.log` writes the same; it is there only once the node is attached, and dora's own
    bridge from `logging` loses the first records and every level.
    """

    def __init__(self, descriptor: int) -> None:
        """Write to a file descriptor."""
        super().__init__()
        self._descriptor = descriptor

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        level = next((name for floor, name in _LEVELS if record.levelno >= floor), "debug")
        line = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": level,
            "message": self.format(record),
        }
        try:
            _write(self._descriptor, f"{json.dumps(line)}\n".encode())
        except Exception:
            self.handleError(record)


def _stdout_without_dora() -> int:
    """Keep dora's own warnings off stdout; returns a descriptor of what stdout was.

    dora's node library writes there from Rust: nine lines of diagnostics at the first messages,
    and one for each tick that a slow machine skips, which the body counts itself. Its filter
    cannot be set below WARNING. With `RUST_LOG` set by a person, everything is shown.

    What Python prints does not pass by here: it may be more than the pipe holds.
    """
    if os.environ.get("RUST_LOG") not in (None, *_quietened):
        return 1
    global _stdout
    stdout = _stdout = os.dup(1)
    sys.stdout.flush()
    sys.stdout = os.fdopen(stdout, "w", buffering=1, closefd=False)
    reading, writing = os.pipe()
    # A full pipe must never hold up a thread of dora's that has the interpreter's lock.
    os.set_blocking(writing, False)
    os.dup2(writing, 1)
    os.close(writing)
    is_done = threading.Event()

    def forward() -> None:
        with os.fdopen(reading, "rb") as lines:
            for line in lines:
                # What was written last may have no line break.
                text = line.removesuffix(_END)
                if text and not is_doras_own(text):
                    _write(stdout, text)
                if text != line:
                    is_done.set()

    def drain() -> None:
        with suppress(BlockingIOError):
            os.write(1, _END)
        is_done.wait(1.0)

    threading.Thread(target=forward, name="stdout", daemon=True).start()
    atexit.register(drain)
    return stdout


def is_doras_own(line: bytes) -> bool:
    """Say whether a line of stdout is a warning of dora's node library, or of what it uses."""
    return b'"level":"WARN"' in line and any(target in line for target in _DORAS_OWN)


_writing = threading.Lock()


def _write(descriptor: int, data: bytes) -> None:
    """Write all of it, and nothing of another thread's in between."""
    with _writing:
        while data:
            data = data[os.write(descriptor, data) :]
