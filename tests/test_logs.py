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
    kept = [(record, passes.filter(record)) for record in records]
    pairs = [(r if found is True else found) for r, found in kept if found]
    return [logging.Formatter().format(r) for r in pairs if isinstance(r, logging.LogRecord)]


def record(name: str, level: int, text: str, error: Exception | None = None) -> logging.LogRecord:
    """Return a log record."""
    exc_info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord(name, level, "f", 1, text, None, exc_info)


def node(code: str, **environ: str) -> list[str]:
    """Return what a node writes to stdout, in which `say` is the logger of its package."""
    return program(
        "import logging, os, time, warnings\nfrom dora_hil import logs\nlogs.set_up('some-node')\n"
        f"say = logging.getLogger('some_node.part')\n{code}",
        **environ,
    )


def program(code: str, **environ: str) -> list[str]:
    """Return what a process of a dataflow writes to stdout."""
    # The view sets it where it is imported, which other tests do.
    here = {name: value for name, value in os.environ.items() if name != "RUST_LOG"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**here, "DORA_NODE_CONFIG": "{}", **environ},
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


def test_who_else_listens_gets_the_record_as_it_was() -> None:
    """A file of logs, for instance: what is short on a terminal is whole there."""
    probe = record("lerobot.utils", logging.WARNING, "first\nsecond", OSError("no"))
    assert shown(probe) == ["lerobot: first: no"]
    assert probe.getMessage() == "first\nsecond"
    assert probe.exc_info is not None


def test_what_lerobot_warns_of_at_each_start_is_no_news() -> None:
    """PyAV decodes, the config names the device; what else it warns of is shown."""
    texts = ["Could not load libtorchcodec. Likely causes:\n", "Using CPU, this will be slow."]
    texts += [
        "You are instantiating a policy from scratch and",
        "Missing key(s) when loading model",
        "Unexpected key(s) when loading model: ['a.bn1.num_batches_tracked', 'a.weight']",
    ]
    said = shown(*(record("root", logging.WARNING, text) for text in texts))
    assert said == [f"root: {text}" for text in texts[-2:]]

    counters = "['a.bn1.num_batches_tracked', 'b.bn1.num_batches_tracked']"
    text = f"Unexpected key(s) when loading model: {counters}"
    assert shown(record("root", logging.WARNING, text)) == []


def test_where_a_library_does_the_work_it_says_how_far_it_is() -> None:
    """And nothing else; each line of it."""
    code = (
        "logs.show('step')\n"
        "for text in ('Creating dataset', 'step 1', 'step 1'): logging.getLogger().info(text)"
    )
    assert [json.loads(line)["message"] for line in node(code)] == ["step 1", "step 1"]


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


def test_a_node_that_quietens_a_library_in_rust_stays_quiet_about_dora_too() -> None:
    """The view sets RUST_LOG for Rerun; a person's own counts before it."""
    dora = f"os.write(1, {DORAS_OWN!r}.encode())"
    view = "import os, rerun_node\nfrom dora_hil import logs\nlogs.set_up('rerun-node')\n"
    assert program(view + dora) == []
    assert program(view + dora, RUST_LOG="info") == [DORAS_OWN]


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


BARS = """
import sys
sys.stderr = sys.stdout
from tqdm import tqdm
for _ in tqdm([1, 2]): pass
import huggingface_hub.utils
for _ in huggingface_hub.utils.tqdm([1, 2]): pass
from datasets import Dataset
Dataset.from_dict({"a": [1, 2]}).map(lambda row: row)
from transformers.utils import logging as transformers_logging
for _ in transformers_logging.tqdm([1, 2], desc="Loading weights"): pass
"""


def test_no_library_shows_a_bar() -> None:
    """Not tqdm by itself, as in LeRobot's buffers, nor the Hub's, Datasets' and Transformers'."""
    assert node(BARS) == []


def test_what_a_library_prints_while_it_loads_is_not_shown() -> None:
    """LeRobot prints that it loads weights; records pass."""
    code = (
        "with logs.without_prints():\n"
        "    print('Loading weights from local directory')\n"
        "    say.info('loaded')\n"
        "print('after')"
    )
    loaded, after = node(code)
    assert (json.loads(loaded)["message"], after) == ("loaded", "after")


def test_a_record_that_cannot_be_written_does_not_end_the_node(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Dora may be gone before its nodes."""
    reading, writing = os.pipe()
    os.close(writing)
    DoraLineHandler(writing).handle(record("some_node", logging.INFO, "text"))
    os.close(reading)
    assert "Bad file descriptor" in capsys.readouterr().err
