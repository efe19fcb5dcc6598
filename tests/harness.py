"""Run whole dataflows with the real dora, and look at what passed on `episode`."""

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


def python_node(node_id: str, script: Path, args: str = "", **fields: Any) -> dict[str, Any]:
    """Return a node that runs a script of the tests."""
    return {"id": node_id, "path": sys.executable, "args": f"{script} {args}", **fields}


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

    def messages(self) -> list[dict[str, Any]]:
        """Return what passed on `episode` so far."""
        path = self.folder / "episode.jsonl"
        if not path.exists():
            return []
        lines = path.read_text().split("\n")[:-1]
        return [json.loads(line) for line in lines]

    def wait_for(
        self, condition: Callable[[list[dict[str, Any]]], bool], timeout_s: float = 40.0
    ) -> list[dict[str, Any]]:
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

    def log(self) -> str:
        """Return what dora printed so far."""
        return (self.folder / "dora.log").read_text()

    def pid_of(self, command: str) -> int:
        """Return the process of a node, by a part of its command line."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            if any(command in part for part in child.cmdline()[:3]):
                return child.pid
        raise AssertionError(f"no process of {command}\n{self.log()}")

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
        folder: an empty folder.
        environ: environment variables on top of this process's, without its display.
        probe: whether to add the probe.
        args: further arguments of `dora run`.
    """
    if probe:
        listener: dict[str, Any] = {
            "id": "probe",
            "path": sys.executable,
            "args": f"-m dora_hil.testing.probe {folder / 'episode.jsonl'}",
            "inputs": {"episode": {"source": "body/episode", "queue_size": 600}},
        }
        graph = {**graph, "nodes": [*graph["nodes"], listener]}
    path = folder / "dataflow.yaml"
    path.write_text(yaml.safe_dump(graph, sort_keys=False))
    variables = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    variables |= {
        "PATH": f"{BIN}{os.pathsep}{variables['PATH']}",
        "VIRTUAL_ENV": str(BIN.parent),
        "UV_NO_SYNC": "1",
        "RUST_BACKTRACE": "0",
        **(environ or {}),
    }
    with (folder / "dora.log").open("w") as output:
        process = subprocess.Popen(
            [str(BIN / "dora"), "run", str(path), *args],
            cwd=ROOT,
            env=variables,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    try:
        yield Run(process, folder)
    finally:
        if process.poll() is None:
            family = [process.pid, *(c.pid for c in psutil.Process(process.pid).children(True))]
            for pid in family:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        process.wait()
