"""Run whole dataflows with the real dora, and look at what passed on `episode`."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import yaml

from dora_hil.command import run as run_dora_hil

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
TEST_NODES = Path(__file__).parent / "nodes"
STEP_M = 0.025
"""What a delta of 1 means in the simulator's shipped configs."""

EPISODE = {"source": "body/episode", "queue_size": 600}
TICK = {"source": "dora/timer/millis/100", "queue_size": 1}

type Message = dict[str, Any]
type Condition = Callable[[list[Message]], bool]


@contextmanager
def interruptible() -> Iterator[None]:
    """Let what is started meanwhile hear SIGINT, which a shell's background jobs ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def command(words: str) -> Callable[[Sequence[str]], None]:
    """Return what runs a command of `dora-hil` in this process: its errors arrive as they are."""
    return lambda options: run_dora_hil([*words.split(), *options])


def called(*words: object) -> subprocess.CompletedProcess[str]:
    """Run `dora-hil` as a process of its own."""
    return subprocess.run([BIN / "dora-hil", *map(str, words)], capture_output=True, text=True)


def printed(program: str, *words: object, cwd: Path = ROOT, **environ: str) -> str:
    """Run a program of this environment without a network; returns what the terminal shows.

    Raises:
        AssertionError: it ends with an error.
    """
    done = subprocess.run(
        [BIN / program, *map(str, words)],
        cwd=cwd,
        env={**os.environ, "HF_HUB_OFFLINE": "1", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def flags(words: Mapping[str, object]) -> list[str]:
    """Return the words of a command line that give keys their values."""
    return [f"--{key}={value}" for key, value in words.items()]


def environment(**more: str) -> dict[str, str]:
    """Return the variables of an active environment without a display, and further ones."""
    variables = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return variables | {
        "PATH": f"{BIN}{os.pathsep}{variables['PATH']}",
        "VIRTUAL_ENV": str(BIN.parent),
        "UV_NO_SYNC": "1",
        "RUST_BACKTRACE": "0",
        **more,
    }


def changed(config: str, **changes: Any) -> dict[str, Any]:
    """Return a shipped config with other values of keys, as `safety__ramp_s=0.0`."""
    raw: dict[str, Any] = json.loads((ROOT / "configs" / config).read_text())
    for key, value in changes.items():
        *path, last = key.split("__")
        block = raw
        for part in path:
            block = block.setdefault(part, {})
        block[last] = value
    return raw


def write_changed(path: Path, config: str, **changes: Any) -> Path:
    """Write such a config; returns its path."""
    path.write_text(json.dumps(changed(config, **changes)))
    return path


def said_by(node_id: str, port: str) -> dict[str, Any]:
    """Return an input for commands or for the run's status, of which none may be lost."""
    return {"source": f"{node_id}/{port}", "queue_size": 10, "queue_policy": "backpressure"}


def dataflow(name: str) -> dict[str, Any]:
    """Return a shipped dataflow, with paths that hold in any folder."""
    graph: dict[str, Any] = yaml.safe_load((ROOT / name).read_text())
    for node in graph["nodes"]:
        for name, value in node.get("env", {}).items():
            node["env"][name] = value.replace("configs/", f"{ROOT}/configs/")
    return graph


def node(graph: dict[str, Any], node_id: str) -> dict[str, Any]:
    """Return one node of a dataflow, to be changed."""
    found: dict[str, Any] = next(n for n in graph["nodes"] if n["id"] == node_id)
    return found


def drop(graph: dict[str, Any], *names: str) -> None:
    """Take nodes out of a dataflow, and out of what the others listen to."""
    graph["nodes"] = [n for n in graph["nodes"] if n["id"] not in names]
    for entry in graph["nodes"]:
        inputs = entry["inputs"]
        for key in [key for key, i in inputs.items() if i["source"].split("/")[0] in names]:
            del inputs[key]


def python_node(node_id: str, script: Path, args: str = "", **fields: Any) -> dict[str, Any]:
    """Return a node that runs a script of the tests."""
    return {"id": node_id, "path": sys.executable, "args": f"{script} {args}", **fields}


def until(condition: Callable[[], bool], log: Callable[[], str], timeout_s: float) -> None:
    """Wait until something is so.

    Raises:
        AssertionError: it is not, in time; with the log.
    """
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, f"not in time\n{log()}"
        time.sleep(0.05)


def count(messages: Sequence[Message], **values: Any) -> int:
    """Return how many messages have these values, as `kind="last"`."""
    return sum(values.items() <= m.items() for m in messages)


def passed(**values: Any) -> Condition:
    """Return the condition that a message with these values has passed."""
    return lambda messages: count(messages, **values) > 0


def steps(messages: Sequence[Message]) -> list[Message]:
    """Return the MID steps."""
    return [m for m in messages if m["kind"] == "mid"]


def gaps_m(messages: Sequence[Message]) -> list[float]:
    """Return how far the arm's target has moved to the left from each message to the next."""
    targets_m = [m["action.ee_absolute"][1] for m in messages]
    return [after - before for before, after in itertools.pairwise(targets_m)]


class Run:
    """A dataflow that is running.

    Attributes:
        process: `dora run`.
        folder: where its YAML stands and its nodes run.
    """

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        """Look at a process."""
        self.process = process
        self.folder = folder

    def messages(self) -> list[Message]:
        """Return what passed on `episode` so far."""
        path = self.folder / "episode.jsonl"
        if not path.exists():
            return []
        lines = path.read_text().split("\n")[:-1]
        return [json.loads(line) for line in lines]

    def wait_for(self, condition: Condition, timeout_s: float = 40.0) -> list[Message]:
        """Wait until what passed on `episode` fulfils a condition; returns it.

        Raises:
            AssertionError: it does not, in time or ever; with dora's output.
        """
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s:
            messages = self.messages()
            if condition(messages):
                return messages
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"not in time; the last message: {self.messages()[-1:]}\n{self.log()}")

    def wait(self, timeout_s: float = 60.0) -> int:
        """Wait for the end and return the exit code."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"did not end within {timeout_s} s\n{self.log()}") from None

    def end_well(self, timeout_s: float = 60.0) -> "Run":
        """Wait for an end without an error; what the run has left can be looked at then."""
        assert self.wait(timeout_s) == 0, self.log()
        return self

    def log(self) -> str:
        """Return what dora printed so far."""
        return (self.folder / "dora.log").read_text()

    def pid_of(self, command: str) -> int:
        """Return the process of a node, by a part of its command line."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            if any(command in part for part in child.cmdline()[:3]):
                return child.pid
        raise AssertionError(f"no process of {command}\n{self.log()}")

    def interrupt(self) -> None:
        """Press Ctrl-C, as a terminal does: dora and all nodes hear it."""
        os.killpg(self.process.pid, signal.SIGINT)

    def kill_all(self) -> None:
        """Kill every process of it at once, as a power cut would."""
        if self.process.poll() is None:
            dora = psutil.Process(self.process.pid)
            for process in (*dora.children(recursive=True), dora):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        self.process.wait()

    def kill(self, command: str) -> None:
        """Kill a node as `kill -9` does."""
        os.kill(self.pid_of(command), signal.SIGKILL)


@contextmanager
def run(
    graph: dict[str, Any],
    folder: Path,
    *,
    environ: Mapping[str, str] | None = None,
    probe: bool = True,
    args: tuple[str, ...] = (),
) -> Iterator[Run]:
    """Start a dataflow in a folder; whatever is left of it at the end is killed.

    Args:
        graph: the dataflow; a probe that listens to `body/episode` is added to it.
        folder: an empty folder; created if it is not there.
        environ: environment variables on top of this process's, without its display.
        probe: whether to add the probe.
        args: further arguments of `dora run`.
    """
    if probe:
        listener: dict[str, Any] = {
            "id": "probe",
            "path": sys.executable,
            "args": f"-m dora_hil.testing.probe {folder / 'episode.jsonl'}",
            "inputs": {"episode": EPISODE},
        }
        graph = {**graph, "nodes": [*graph["nodes"], listener]}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "dataflow.yaml"
    path.write_text(yaml.safe_dump(graph, sort_keys=False))
    with (folder / "dora.log").open("w") as output:
        process = subprocess.Popen(
            [str(BIN / "dora"), "run", str(path), *args],
            cwd=ROOT,
            env=environment(**(environ or {})),
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    running = Run(process, folder)
    try:
        yield running
    finally:
        running.kill_all()
