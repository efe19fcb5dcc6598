"""An SO-101 that is not there: the program `virtual-so101` as a child process."""

import subprocess
from pathlib import Path
from typing import Final, Self

from dora_hil.config import ConfigError
from dora_hil.program import find_program

PORT: Final = "virtual"
"""As a serial port in a config: plug one in."""
_PROGRAM: Final = "virtual-so101"


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
            raise ConfigError(f"port {PORT!r}: there is no program {_PROGRAM}; robot-node has it")
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
