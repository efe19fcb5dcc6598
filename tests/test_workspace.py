"""The workspace: versions, scripts, imports."""

import importlib.metadata
import itertools
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from harness import ROOT, printed
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT_TOML = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECTS = {
    path.parent.relative_to(ROOT): tomllib.loads(path.read_text())["project"]
    for folder in ("nodes", "packages", "plugins")
    for path in sorted(ROOT.glob(f"{folder}/*/pyproject.toml"))
}
"""What each package's pyproject.toml says of it, by its folder; the root project is not in it."""

NODES = [folder.name for folder in PROJECTS if folder.parts[0] == "nodes"]


def test_dora_and_its_command_line_have_the_same_version() -> None:
    """They do not mix."""
    versions = {importlib.metadata.version(name) for name in ("dora-rs", "dora-rs-cli")}
    assert len(versions) == 1


def test_every_package_wants_the_one_python_that_is_tested() -> None:
    """The one in `.python-version`; with no upper bound uv takes the newest, without wheels."""
    wanted = {one["requires-python"] for one in (ROOT_TOML["project"], *PROJECTS.values())}
    assert len(wanted) == 1, wanted
    accepted = SpecifierSet(wanted.pop())
    tested = (ROOT / ".python-version").read_text().strip()
    major, minor = map(int, tested.split("."))
    assert f"{tested}.0" in accepted
    assert f"{tested}.99" in accepted
    assert f"{major}.{minor - 1}.99" not in accepted
    assert f"{major}.{minor + 1}.0" not in accepted
    assert sys.version_info[:2] == (major, minor)


def test_a_fresh_clone_has_every_package() -> None:
    """`uv run` brings nodes, with their console scripts, and what LeRobot's commands load."""
    every = {project["name"] for project in PROJECTS.values()}
    assert set(ROOT_TOML["project"]["optional-dependencies"]["all"]) == every
    assert ROOT_TOML["dependency-groups"]["nodes"] == ["dora-hil[all]"]
    assert "nodes" in ROOT_TOML["tool"]["uv"]["default-groups"]


@pytest.mark.parametrize("name", NODES)
def test_a_nodes_folder_distribution_and_script_have_one_name(name: str) -> None:
    """One name, whichever one looks for."""
    project = PROJECTS[Path("nodes", name)]
    assert project["name"] == name.replace("_", "-")
    assert project["scripts"][project["name"]] == f"{name}.main:main"


@pytest.mark.parametrize(
    "path",
    [
        ROOT / "pyproject.toml",
        *ROOT.glob("nodes/*/pyproject.toml"),
        *ROOT.glob("packages/*/pyproject.toml"),
    ],
)
def test_every_direct_dependency_is_pinned(path: Path) -> None:
    """Exactly, or a member of this workspace."""
    project = tomllib.loads(path.read_text())
    groups = project.get("dependency-groups", {})
    extras = project["project"].get("optional-dependencies", {})
    several = [project["project"]["dependencies"], *groups.values(), *extras.values()]
    wanted = [Requirement(one) for one in itertools.chain(*several)]
    members = {"dora-hil", *(one["name"].replace("_", "-") for one in PROJECTS.values())}
    names = {one.name.replace("_", "-") for one in wanted if "==" not in str(one.specifier)}
    assert names <= members


def start(name: str, target: str) -> None:
    """Do what an installed program does."""
    importlib.metadata.EntryPoint(name, target, "console_scripts").load()()


PROGRAMS: dict[str, Callable[[], object]] = {
    **{
        name: partial(start, name, target)
        for project in (ROOT_TOML["project"], *PROJECTS.values())
        for name, target in project.get("scripts", {}).items()
    },
    **{
        path.name: partial(runpy.run_path, str(path), run_name="__main__")
        for path in sorted((ROOT / "scripts").glob("*.py"))
    },
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_has_help(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each node, what else the packages install, and scripts; at once, with what it is for."""
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    with pytest.raises(SystemExit) as ended:
        PROGRAMS[name]()
    said = capsys.readouterr()
    assert ended.value.code in (0, None), said.err
    assert said.out.startswith("usage: ")
    assert len(said.out.splitlines()) > 3
    assert said.err == ""


@pytest.mark.parametrize(
    "path", sorted((ROOT / "scripts").glob("*.sh")), ids=lambda path: str(path.name)
)
def test_help_of_a_shell_script_starts_nothing(path: Path) -> None:
    """Some of them work for hours."""
    done = subprocess.run([path, "--help"], capture_output=True, text=True, timeout=10, check=True)
    assert done.stdout.splitlines()
    assert path.read_text().splitlines()[1] == f"# {done.stdout.splitlines()[0]}"
    assert done.stderr == ""


def test_git_does_not_see_what_dora_graph_leaves(tmp_path: Path) -> None:
    """It writes its page beside the dataflow."""
    shutil.copy(ROOT / "dataflow-demo.yaml", tmp_path)
    printed("dora", "graph", "dataflow-demo.yaml", cwd=tmp_path)
    left = [path.name for path in tmp_path.iterdir() if path.name != "dataflow-demo.yaml"]
    assert left
    subprocess.run(["git", "check-ignore", "--quiet", *left], cwd=ROOT, check=True)


def test_wheels_are_looked_for_on_every_platform() -> None:
    """`scripts/requirements.sh --check` names those that uv resolves for."""
    text = (ROOT / "scripts" / "requirements.sh").read_text()
    found = re.search(r"^platforms=\((.*)\)$", text, re.MULTILINE)
    assert found is not None
    machines = {
        ("darwin" if "darwin" in name else "linux", name.partition("-")[0])
        for name in found[1].split()
    }
    environments = ROOT_TOML["tool"]["uv"]["environments"]
    resolved = {tuple(re.findall(r"'(\w+)'", marker)) for marker in environments}
    # What Apple calls arm64 is aarch64 to everybody else.
    assert machines == {(system, kind.replace("arm64", "aarch64")) for system, kind in resolved}


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
