"""The first command on a fresh machine."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from harness import ROOT

PYTHON = (ROOT / ".python-version").read_text().strip()
PROJECT = f"""
[project]
name = "empty"
version = "0"
requires-python = "~={PYTHON}.0"
"""


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Return a clone of little else than the set-up."""
    project = tmp_path / "project"
    (project / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "setup.sh", project / "scripts")
    shutil.copy(ROOT / ".python-version", project)
    (project / "pyproject.toml").write_text(PROJECT)
    return project


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """Return the variables of a machine that has every program but this Python, and no network."""
    uv = shutil.which("uv")
    assert uv is not None
    programs = tmp_path / "bin"
    programs.mkdir()
    for folder in ("/usr/sbin", "/sbin", "/usr/bin", "/bin"):
        for program in Path(folder).iterdir():
            link = programs / program.name
            if not link.is_symlink() and not is_this_python(program):
                link.symlink_to(program)
    (programs / "uv").unlink(missing_ok=True)
    (programs / "uv").symlink_to(uv)
    return {
        "PATH": str(programs),
        "HOME": str(tmp_path / "home"),
        "UV_PYTHON_INSTALL_DIR": str(tmp_path / "pythons"),
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "UV_OFFLINE": "1",
    }


def is_this_python(program: Path) -> bool:
    """Say whether a program is the Python that is to be missing."""
    return program.name.startswith("python") and f"python{PYTHON}" in program.resolve().name


def set_up(
    project: Path, environ: dict[str, str], *command: str
) -> subprocess.CompletedProcess[str]:
    """Run the set-up, then a command."""
    return subprocess.run(
        ["scripts/setup.sh", *command],
        cwd=project,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_where_there_is_another_python_alone_it_says_what_it_needs(
    fresh: Path, machine: dict[str, str]
) -> None:
    """In one line, with how to get it, before anything is installed; the other is not taken."""
    done = set_up(fresh, machine, "true")
    assert done.returncode == 1
    *before, last = done.stderr.splitlines()
    assert before == [f"setup: fetching Python {PYTHON}"]
    assert last.startswith(f"setup: Python {PYTHON} is needed")
    assert f"UV_PYTHON=/path/to/python{PYTHON}" in last
    assert not (fresh / ".venv").exists()


@pytest.mark.parametrize("how", ["pyenv", "named"])
def test_a_python_that_is_not_on_the_path_is_taken(
    fresh: Path, machine: dict[str, str], tmp_path: Path, how: str
) -> None:
    """pyenv's, or the one that `UV_PYTHON` names; the command that follows runs with it."""
    folder = tmp_path / "home" / ".pyenv" / "versions" / f"{PYTHON}.1"
    folder.parent.mkdir(parents=True)
    folder.symlink_to(sys.base_prefix)
    if how == "named":
        machine |= {"UV_PYTHON": str(folder / "bin" / f"python{PYTHON}"), "PYENV_ROOT": "/nowhere"}
    done = set_up(fresh, machine, ".venv/bin/python", "--version")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Python {PYTHON}.")


def test_a_named_python_that_does_not_do_is_refused(fresh: Path, machine: dict[str, str]) -> None:
    """With the version that does."""
    others = [Path("/usr/bin/python3"), *Path("/usr/bin").glob("python3.1?")]
    other = next((p for p in others if p.exists() and not is_this_python(p)), None)
    if other is None:
        pytest.skip("there is no other Python here")
    done = set_up(fresh, machine | {"UV_PYTHON": str(other)}, "true")
    assert done.returncode != 0
    assert "incompatible with the project's Python requirement" in done.stderr


def test_what_was_installed_is_compiled_once(fresh: Path, machine: dict[str, str]) -> None:
    """By the set-up: not at a node's first start, and not looked for at every `uv run`."""
    with zipfile.ZipFile(fresh / "thing-1-py3-none-any.whl", "w") as wheel:
        info = "thing-1.dist-info"
        wheel.writestr("thing.py", "")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    source = 'thing = { path = "thing-1-py3-none-any.whl" }'
    depends = f'dependencies = ["thing"]\n[tool.uv.sources]\n{source}\n'
    (fresh / "pyproject.toml").write_text(PROJECT + depends)
    done = set_up(fresh, machine | {"UV_PYTHON": sys.executable}, "true")
    assert done.returncode == 0, done.stderr
    assert list((fresh / ".venv").glob("lib/*/site-packages/__pycache__/thing.*.pyc"))
    root = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "compile-bytecode" not in root["tool"]["uv"]


SYSTEM = ("bash", "cat", "dirname", "env", "grep", "id", "sed", "uname")
"""What the script calls of a system, besides what it installs and uv."""


@pytest.mark.skipif(os.geteuid() != 0, reason="without root it asks sudo for the packages")
def test_packages_that_are_missing_are_installed_before_the_sync(tmp_path: Path) -> None:
    """By Debian's names; uv brings the project's, and the command runs; both are stood in for."""
    called = tmp_path / "called"
    for name in SYSTEM:
        found = next(Path(at) / name for at in ("/bin", "/usr/bin") if (Path(at) / name).exists())
        (tmp_path / name).symlink_to(found)
    for name in ("apt-get", "uv"):
        (tmp_path / name).write_text(f'#!/bin/bash\necho {name} "$@" >> {called}\n')
        (tmp_path / name).chmod(0o755)
    run = subprocess.run(
        [ROOT / "scripts/setup.sh", "--tests", "bash", "-c", "echo ran"],
        env={"PATH": str(tmp_path), "HOME": str(tmp_path), "UV_PYTHON": "python"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (0, "ran\n"), run.stderr
    lines = called.read_text().splitlines()
    assert "xvfb xdotool iproute2 strace chromium" in next(x for x in lines if "install" in x)
    assert lines[-1].startswith("uv sync")
