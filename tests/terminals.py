"""Processes on the hosts of a network, by the command lines that docs/machines.md has for them."""

import os
import re
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil
from harness import ROOT, environment
from network import Network

PAGE = ROOT / "docs/machines.md"


def command(host: str, what: str) -> str:
    """Return what the page says to type on a host: its block that contains `what`.

    Args:
        host: as the block's first line, a comment, names it.
        what: a part of the command.
    """
    blocks = re.findall(r"```bash\n# on (\w+).*?\n(.*?)```", PAGE.read_text(), re.DOTALL)
    found = [text for name, text in blocks if name == host and what in text]
    assert len(found) == 1, f"{PAGE.name} has {len(found)} blocks with {what} for {host}"
    return str(found[0]).replace("uv run ", "")


class Terminals:
    """Terminals on hosts, which are closed with what runs in them."""

    def __init__(self, network: Network, folder: Path, environ: Mapping[str, str]) -> None:
        """Open none yet.

        Args:
            network: of the hosts.
            folder: each terminal writes its log there.
            environ: further variables of all of them.
        """
        self._network = network
        self._folder = folder
        self._environ = environment(**environ)
        self._processes: list[subprocess.Popen[bytes]] = []

    def close(self) -> None:
        """End everything, as `kill -9` does."""
        for process in reversed(self._processes):
            with suppress(psutil.NoSuchProcess):
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def type(self, host: str, text: str, log: str) -> subprocess.Popen[bytes]:
        """Run a command in the clone's folder on a host.

        Args:
            host: where.
            text: for bash.
            log: what it prints goes to this file of the folder.
        """
        with self._network.inside(host), (self._folder / log).open("wb") as output:
            process = subprocess.Popen(
                ["bash", "-ec", text],
                cwd=ROOT,
                env=self._environ,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def log(self) -> str:
        """Return what all of them printed."""
        return "\n".join(
            f"--- {path.name}\n{path.read_text()}" for path in sorted(self._folder.glob("*.log"))
        )
