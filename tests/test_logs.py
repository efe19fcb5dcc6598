"""What reaches the terminal."""

import json
import logging
import os
import subprocess
import sys

import pytest

from dora_hil.logs import DoraLineHandler, LibraryFilter

DORAS_OWN = '{"level":"WARN","fields":{"message":"#2742"},"target":"dora_node_api::node"}'
DORAS_ERROR = '{"level":"ERROR","fields":{"message":"gone"},"target":"dora_node_api::node"}'


def shown(*records: logging.LogRecord) -> list[str]:
    """Return what becomes of records where `some_node` is ours."""
    passes = LibraryFilter({"dora_hil", "some_node"})
    return [logging.Formatter().format(r) for r in records if passes.filter(r)]


def record(name: str, level: int, text: str, error: Exception | None = None) -> logging.LogRecord:
    """Return a log record."""
    exc_info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord(name, level, "f", 1, text, None, exc_info)


def node(code: str, **environ: str) -> list[str]:
    """Return what a node writes to stdout, in which `say` is the logger of its package."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import logging, os, time, warnings\nfrom dora_hil import logs\n"
            "logs.set_up('some-node')\n"
            f"say = logging.getLogger('some_node.part')\n{code}",
        ],
        env={**os.environ, "DORA_NODE_CONFIG": "{}", **environ},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_our_own_records_pass_as_they_are() -> None:
    """With the traceback of a defect."""
    lines = shown(record("some_node.x", logging.ERROR, "it broke", RuntimeError("deep down")))
    assert lines == ["it broke\nRuntimeError: deep down"]


def test_a_librarys_warning_is_one_line_and_is_said_once() -> None:
    """LeRobot's look for a decoder has 110 lines, at every episode."""
    text = "Could not load it. Likely causes:\n  1. ...\nTraceback (most recent call last):"
    probes = [record("lerobot.utils", logging.WARNING, text) for _ in range(3)]
    assert shown(*probes) == ["lerobot: Could not load it. Likely causes:"]


def test_a_librarys_traceback_is_its_last_line() -> None:
    """What went wrong, not where in the library."""
    (line,) = shown(record("av.x", logging.ERROR, "no", OSError("the disk\nis full")))
    assert line == "av: no: the disk is full"


@pytest.mark.parametrize("name", ["root", "lerobot.scripts", "httpx"])
def test_what_a_library_does_all_day_is_not_shown(name: str) -> None:
    """LeRobot logs by the root logger."""
    assert shown(record(name, logging.INFO, "GET 200")) == []


def test_a_nodes_records_reach_dora_with_their_level() -> None:
    """Whether it is attached yet or not."""
    lines = node("say.info('a'); say.warning('b'); say.error('c'); say.debug('d')")
    said = [(json.loads(line)["level"], json.loads(line)["message"]) for line in lines]
    assert said == [("info", "a"), ("warn", "b"), ("error", "c")]


def test_doras_own_warnings_are_kept_off_the_terminal() -> None:
    """Its errors are not, nor is anything else that is printed."""
    code = (
        f"for line in ({DORAS_OWN!r}, {DORAS_ERROR!r}, 'hello'):\n"
        "    os.write(1, f'{line}\\n'.encode())"
    )
    assert node(code) == [DORAS_ERROR, "hello"]


def test_with_rust_log_dora_says_what_it_has_to_say() -> None:
    """Somebody develops."""
    code = f"os.write(1, {DORAS_OWN!r}.encode())"
    assert node(code, RUST_LOG="warn") == [DORAS_OWN]


def test_what_was_printed_last_still_arrives() -> None:
    """The thread behind stdout ends with the process; the last line may have no end."""
    code = "os.write(1, b'x' * 20000 + b'\\n')\nos.write(1, b'the last')"
    assert node(code) == ["x" * 20000, "the last"]


def test_what_python_prints_arrives_however_much_it_is() -> None:
    """More than fits into the pipe of dora's lines, which nobody may wait for."""
    assert node("print('x' * 300_000)\nprint('the last')") == ["x" * 300_000, "the last"]


def test_a_stdout_that_nobody_reads_holds_nothing_up() -> None:
    """A thread of dora's may write while it has the interpreter's lock."""
    code = (
        "with logs._writing:\n"
        "    try:\n"
        "        for _ in range(1000): os.write(1, b'x' * 1000 + b'\\n')\n"
        "    except BlockingIOError: done = True\n"
        "for _ in range(1000):\n"
        "    try: os.write(1, f'{done}\\n'.encode()); break\n"
        "    except BlockingIOError: time.sleep(0.01)"
    )
    assert node(code)[-1] == "True"


def test_a_librarys_warnings_are_for_its_developers() -> None:
    """PYTHONWARNINGS shows them."""
    assert node("warnings.warn('deprecated')") == []


def test_a_record_that_cannot_be_written_does_not_end_the_node(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Dora may be gone before its nodes."""
    reading, writing = os.pipe()
    os.close(writing)
    DoraLineHandler(writing).handle(record("some_node", logging.INFO, "text"))
    os.close(reading)
    assert "Bad file descriptor" in capsys.readouterr().err
