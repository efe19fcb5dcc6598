"""`dora run` on a copy of a dataflow, with one more node that listens to the body."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from dora_hil.errors import UserError
from dora_hil.program import find_program

BODY, OUTPUT = "body", "episode"
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
_PATIENCE_S = 30.0


class DataflowError(UserError):
    """A dataflow that cannot be listened to; the text says what it lacks."""


def read_dataflow(path: Path) -> dict[str, Any]:
    """Read a dataflow that has a body.

    Raises:
        DataflowError: it cannot be read, or has no body that says where it is.
    """
    try:
        graph = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataflowError(f"{path}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise DataflowError(f"{path}: not YAML: {str(error).splitlines()[0]}") from None
    nodes = graph.get("nodes") if isinstance(graph, dict) else None
    if not isinstance(nodes, list) or not any(OUTPUT in _outputs(node) for node in nodes):
        raise DataflowError(f"{path}: there is no node {BODY!r} with the output {OUTPUT!r}")
    return dict(graph)


def _outputs(node: Any) -> list[str]:
    is_body = isinstance(node, dict) and node.get("id") == BODY
    return list(node.get("outputs") or ()) if is_body else []


def body_environment(graph: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body's `env` of a dataflow, to be read or changed."""
    body = next(node for node in graph["nodes"] if _outputs(node))
    environment: dict[str, Any] = body.setdefault("env", {})
    return environment


def expanded(text: str, environ: Mapping[str, str]) -> str:
    """Fill ``${NAME}`` and ``${NAME:-default}`` in, as dora does."""
    return _VARIABLE.sub(lambda m: environ.get(m[1]) or m[2] or "", text)


class DataflowRun:
    """A dataflow that runs as if started from its own folder, and is listened to.

    Attributes:
        process: `dora run`; its output is a pipe of lines.
    """

    def __init__(self, path: Path, graph: Mapping[str, Any], module: str) -> None:
        """Start it.

        Nodes run in the folder of the YAML; that of the copy shows all that is in the original's.

        Args:
            path: the dataflow, as it lies on the disk.
            graph: the same, changed or not.
            module: to run as a node with the input `episode`; it writes lines into the file that
                it is given.

        Raises:
            DataflowError: there is no `dora`.
        """
        dora = find_program("dora")
        if dora is None:
            raise DataflowError("there is no program dora; start this with uv run")
        self._home = path.resolve().parent
        self._folder = Path(tempfile.mkdtemp(prefix="dora-hil-"))
        self._lines = self._folder / f"{module}.jsonl"
        listener = {
            "id": module.rpartition(".")[2].replace("_", "-"),
            "path": sys.executable,
            "args": f"-m {module} {self._lines}",
            "inputs": {"episode": {"source": f"{BODY}/{OUTPUT}", "queue_size": 600}},
        }
        try:
            copy = self._folder / path.name
            for entry in self._home.iterdir():
                if entry.name != copy.name:
                    (self._folder / entry.name).symlink_to(entry)
            text = yaml.safe_dump({**graph, "nodes": [*graph["nodes"], listener]}, sort_keys=False)
            copy.write_text(text, encoding="utf-8")
            self._own = {copy, self._lines}
            self._read = 0
            self.process = subprocess.Popen(
                [dora, "run", str(copy)],
                # dora looks for the nodes on the PATH alone.
                env=os.environ | {"PATH": f"{Path(dora).parent}{os.pathsep}{os.environ['PATH']}"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                # Ctrl-C is for whoever started this: dora ends at once at the second one.
                process_group=0,
            )
        except BaseException:
            shutil.rmtree(self._folder)
            raise

    def lines(self) -> Iterator[str]:
        """Yield what the listener has written since the last call, by whole lines."""
        if not self._lines.exists():
            return
        with self._lines.open(encoding="utf-8") as file:
            file.seek(self._read)
            while (line := file.readline()).endswith("\n"):
                self._read = file.tell()
                yield line

    def stop(self) -> None:
        """Ask the dataflow to end, as Ctrl-C does, and wait until it has, or until Ctrl-C."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(_PATIENCE_S)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            self.process.kill()
            self.process.wait()

    def close(self) -> None:
        """End it; what the nodes have written into their folder is then in the YAML's."""
        self.stop()
        for entry in self._folder.iterdir():
            is_written = not entry.is_symlink() and entry not in self._own
            if is_written and not (self._home / entry.name).exists():
                shutil.move(entry, self._home)
        shutil.rmtree(self._folder)
