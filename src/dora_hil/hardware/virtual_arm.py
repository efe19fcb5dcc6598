"""An SO-101 that is not there: of a dataflow's table, or `virtual-so101` as a child process."""

import os
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from dora_hil.config import ConfigError
from dora_hil.errors import UserError
from dora_hil.program import find_program
from dora_hil.stream.world import World

PORT: Final = "virtual"
"""As a serial port in a config: plug one in."""
LINK, CAMERA_PORT, URDF = "port", "camera_port", "so101.urdf"
"""What `virtual-so101-node` lays into the folder of its dataflow."""
_PATIENCE_S: Final = 30.0
_PROGRAM: Final = "virtual-so101"


@dataclass(frozen=True)
class TableArm:
    """The arm on the table of this dataflow.

    Attributes:
        port: what it is opened as; its calibration lies beside it.
        camera_port: where its cameras' pictures come from.
        urdf: its kinematics.
    """

    port: Path
    camera_port: int
    urdf: Path


def dataflow_folder() -> Path:
    """Return where the nodes of this dataflow find its table."""
    dataflow = re.search(r"^dataflow_id: (\S+)", os.environ.get("DORA_NODE_CONFIG", ""), re.M)
    return Path(tempfile.gettempdir()) / f"dora-hil-{dataflow[1] if dataflow else 'none'}"


def table_arm(patience_s: float = _PATIENCE_S) -> TableArm:
    """Wait until this dataflow's table is there.

    Raises:
        ConfigError: there is none.
    """
    folder = dataflow_folder()
    ends_s = time.monotonic() + patience_s
    while not (camera_port := _text(folder / CAMERA_PORT)):
        if time.monotonic() > ends_s:
            raise ConfigError(
                f"env.robot.port {PORT!r}: this dataflow has no virtual-so101-node, whose arm that "
                "would be; dataflow-demo-so101.yaml has one"
            )
        time.sleep(0.05)
    return TableArm(folder / LINK, int(camera_port), folder / URDF)


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


class VirtualArm:
    """A child process that ends with this one, however that ends.

    Attributes:
        port: what it is opened as.
        camera_port: where its camera's pictures come from.
    """

    END_S: Final = 5.0

    def __init__(self, port: Path, *options: str) -> None:
        """Start it, and wait until its port is there.

        Args:
            port: a link that will lead to it.
            options: further ones of `virtual-so101`.

        Raises:
            ConfigError: the program is not installed, or does not start.
        """
        program = find_program(_PROGRAM)
        if program is None:
            raise ConfigError(
                f"port {PORT!r}: there is no program {_PROGRAM}; virtual-so101-node has it"
            )
        self.port = port
        self._process = subprocess.Popen(
            [program, "--ends-with-input", "--link", str(port), "--camera-port", "0", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C is for this process, which ends the other.
            start_new_session=True,
        )
        assert self._process.stdout is not None
        ports = self._process.stdout.readline().split()
        if len(ports) != 2:
            self.close()
            raise ConfigError(f"port {PORT!r}: {_PROGRAM} did not start")
        self.camera_port = int(ports[1])

    def tell(self, line: str) -> None:
        """Say what a hand or the cable does; see `virtual-so101 --help`."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def look(self) -> World:
        """Return how block and gripper stand."""
        self.tell("look")
        assert self._process.stdout is not None
        # Plugged in again, it says its port once more.
        while not (line := self._process.stdout.readline()).startswith("{"):
            if not line:
                raise UserError(f"{_PROGRAM} has ended")
        return World.from_json(line)

    def close(self) -> None:
        """End it."""
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(self.END_S)
            except subprocess.TimeoutExpired:
                process.kill()

    def __enter__(self) -> Self:
        """Keep it for a while."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.close()
