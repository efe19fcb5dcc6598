"""The workspace: versions, scripts, imports."""

import importlib.metadata
import itertools
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent
PACKAGES = sorted(
    [
        ROOT / "pyproject.toml",
        *(
            toml
            for folder in ("nodes", "packages", "plugins")
            for toml in ROOT.glob(f"{folder}/*/*.toml")
        ),
    ]
)
NODES = sorted(path.name for path in (ROOT / "nodes").iterdir() if path.is_dir())
LIBRARIES = sorted(path.name for path in (ROOT / "packages").iterdir() if path.is_dir())
PLUGINS = sorted(
    tomllib.loads(path.read_text())["project"]["name"]
    for path in ROOT.glob("plugins/*/pyproject.toml")
)


def test_dora_and_its_command_line_have_the_same_version() -> None:
    """They do not mix."""
    versions = {importlib.metadata.version(name) for name in ("dora-rs", "dora-rs-cli")}
    assert len(versions) == 1


def test_every_package_wants_the_one_python_that_is_tested() -> None:
    """The one in `.python-version`; with no upper bound uv takes the newest, without wheels."""
    wanted = {
        tomllib.loads(path.read_text())["project"]["requires-python"]: path for path in PACKAGES
    }
    assert len(wanted) == 1, wanted
    accepted = SpecifierSet(next(iter(wanted)))
    tested = (ROOT / ".python-version").read_text().strip()
    major, minor = map(int, tested.split("."))
    assert f"{tested}.0" in accepted
    assert f"{tested}.99" in accepted
    assert f"{major}.{minor - 1}.99" not in accepted
    assert f"{major}.{minor + 1}.0" not in accepted
    assert sys.version_info[:2] == (major, minor)


@pytest.mark.parametrize("name", NODES)
def test_a_fresh_clone_has_every_node(name: str) -> None:
    """`uv run` brings it, with its console script."""
    root = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert name.replace("_", "-") in root["project"]["optional-dependencies"]["all"]
    assert root["dependency-groups"]["nodes"] == ["dora-hil[all]"]
    assert "nodes" in root["tool"]["uv"]["default-groups"]


@pytest.mark.parametrize("name", NODES)
def test_a_nodes_folder_distribution_and_script_have_one_name(name: str) -> None:
    """One name, whichever one looks for."""
    project = tomllib.loads((ROOT / "nodes" / name / "pyproject.toml").read_text())["project"]
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
    members = {n.replace("_", "-") for n in ("dora-hil", *NODES, *LIBRARIES, *PLUGINS)}
    names = {one.name.replace("_", "-") for one in wanted if "==" not in str(one.specifier)}
    assert names <= members


PROGRAMS = sorted(
    script
    for path in PACKAGES
    for script in tomllib.loads(path.read_text())["project"].get("scripts", {}).items()
)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "scripts").glob("*.py")), ids=lambda path: str(path.name)
)
def test_every_script_has_help(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At once, with exit code 0, and with what it is for."""
    monkeypatch.setattr(sys, "argv", [str(path), "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(path), run_name="__main__")
    says_help(ended.value, capsys)


@pytest.mark.parametrize(("name", "target"), PROGRAMS)
def test_every_program_has_help(
    name: str, target: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each node, and whatever else the packages install."""
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    with pytest.raises(SystemExit) as ended:
        importlib.metadata.EntryPoint(name, target, "console_scripts").load()()
    says_help(ended.value, capsys)


def says_help(ended: SystemExit, capsys: pytest.CaptureFixture[str]) -> None:
    """Check what `--help` came to."""
    said = capsys.readouterr()
    assert ended.code in (0, None), said.err
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
    dora = Path(sys.executable).with_name("dora")
    subprocess.run(
        [dora, "graph", "dataflow-demo.yaml"], cwd=tmp_path, check=True, stdout=subprocess.DEVNULL
    )
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
    environments = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"][
        "environments"
    ]
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
