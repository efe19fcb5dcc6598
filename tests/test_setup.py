"""The set-up of a machine that lacks packages comes to its end; apt and uv are stood in for."""

import os
import subprocess
from pathlib import Path

import pytest

SETUP = Path(__file__).parent.parent / "scripts/setup.sh"
SYSTEM = ("bash", "cat", "dirname", "env", "grep", "id", "sed", "uname")


@pytest.mark.skipif(os.geteuid() != 0, reason="without root it asks sudo for the packages")
def test_packages_that_are_missing_are_installed_before_the_sync(tmp_path: Path) -> None:
    """Named by Debian's names; then uv brings the project's, and the command runs."""
    called = tmp_path / "called"
    for name in SYSTEM:
        found = next(Path(at) / name for at in ("/bin", "/usr/bin") if (Path(at) / name).exists())
        (tmp_path / name).symlink_to(found)
    for name in ("apt-get", "uv"):
        (tmp_path / name).write_text(f'#!/bin/bash\necho {name} "$@" >> {called}\n')
        (tmp_path / name).chmod(0o755)
    run = subprocess.run(
        [SETUP, "--tests", "bash", "-c", "echo ran"],
        env={"PATH": str(tmp_path), "HOME": str(tmp_path), "UV_PYTHON": "python"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (0, "ran\n"), run.stderr
    lines = called.read_text().splitlines()
    assert "xvfb xdotool iproute2 strace chromium" in next(x for x in lines if "install" in x)
    assert lines[-1].startswith("uv sync")
