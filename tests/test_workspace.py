"""The workspace: versions, scripts, imports."""

import importlib.metadata
import itertools
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NODES = sorted(path.name for path in (ROOT / "nodes").iterdir() if path.is_dir())
PLUGINS = sorted(
    tomllib.loads(path.read_text())["project"]["name"]
    for path in ROOT.glob("plugins/*/pyproject.toml")
)


def test_dora_and_its_command_line_have_the_same_version() -> None:
    """They do not mix."""
    versions = {importlib.metadata.version(name) for name in ("dora-rs", "dora-rs-cli")}
    assert len(versions) == 1


@pytest.mark.parametrize("name", NODES)
def test_the_root_project_depends_on_every_node(name: str) -> None:
    """So that `uv run` in a fresh clone has every console script."""
    root = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert name.replace("_", "-") in root["project"]["dependencies"]


@pytest.mark.parametrize("name", NODES)
def test_a_nodes_folder_distribution_and_script_have_one_name(name: str) -> None:
    """One name, whichever one looks for."""
    project = tomllib.loads((ROOT / "nodes" / name / "pyproject.toml").read_text())["project"]
    assert project["name"] == name.replace("_", "-")
    assert project["scripts"][project["name"]] == f"{name}.main:main"


@pytest.mark.parametrize("path", [ROOT / "pyproject.toml", *ROOT.glob("nodes/*/pyproject.toml")])
def test_every_direct_dependency_is_pinned(path: Path) -> None:
    """Exactly, or a member of this workspace."""
    project = tomllib.loads(path.read_text())
    groups = project.get("dependency-groups", {})
    wanted = [*project["project"]["dependencies"], *itertools.chain(*groups.values())]
    members = {"dora-hil", *(name.replace("_", "-") for name in NODES), *PLUGINS}
    assert all("==" in one or one in members for one in wanted), wanted


def test_requirements_hold_hashes_and_no_address() -> None:
    """`scripts/requirements.sh --check` compares them with the resolution."""
    text = (ROOT / "requirements.txt").read_text()
    assert "--hash=sha256:" in text
    assert not re.search(r"://|^--", text, re.MULTILINE)


@pytest.mark.parametrize("name", NODES)
def test_a_node_imports_neither_torch_nor_lerobot_nor_another_node(name: str) -> None:
    """It starts in about a second, and can be exchanged."""
    code = f"import {name}.main, sys; print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert name in imported
    assert not imported & {"torch", "lerobot", *NODES} - {name}
