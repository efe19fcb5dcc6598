"""What dora's hub is told of each node, beside its README and the dataflows that use it."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import ROOT, printed

NODES = sorted(path.parent for path in ROOT.glob("nodes/*/pyproject.toml"))
GRAPHS = [yaml.safe_load(path.read_text()) for path in sorted(ROOT.glob("dataflow-*.yaml"))]


def manifest(node: Path) -> dict[str, Any]:
    """Return what is said of a node."""
    said: dict[str, Any] = yaml.safe_load((node / "dora-node.yml").read_text())
    return said


def variables(node: Path) -> dict[str, str]:
    """Return the meaning of each variable of the README's table, without its marks."""
    text = (node / "README.md").read_text()
    table = text.partition("\n## Environment variables\n")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    meaning = next(n for n, name in enumerate(cells[0]) if name.lower() == "meaning")
    return {
        row[0].strip("`"): re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", row[meaning]).replace("`", "")
        for row in cells[2:]
        if re.fullmatch(r"`[A-Z_]+`", row[0])
    }


@pytest.mark.parametrize("node", NODES, ids=lambda path: str(path.name))
def test_dora_takes_the_manifest(node: Path) -> None:
    """As `dora hub publish` would."""
    printed("dora", "validate", "--node-manifest", node / "dora-node.yml")


@pytest.mark.parametrize("node", NODES, ids=lambda path: str(path.name))
def test_the_manifest_says_what_the_package_and_the_readme_say(node: Path) -> None:
    """Name, description, environment."""
    said = manifest(node)
    project = tomllib.loads((node / "pyproject.toml").read_text())["project"]
    assert (said["name"], said["description"]) == (project["name"], project["description"])
    assert said["entrypoint"] in project["scripts"]
    told = {name: entry["description"] for name, entry in said["env"].items()}
    assert told == variables(node)


@pytest.mark.parametrize("node", NODES, ids=lambda path: str(path.name))
def test_the_manifest_has_every_port_that_a_dataflow_wires(node: Path) -> None:
    """In whichever of them; what is required, all of them wire."""
    said = manifest(node)
    used = [n for graph in GRAPHS for n in graph["nodes"] if n.get("path") == said["name"]]
    assert set(said["inputs"]) == {name for n in used for name in n.get("inputs", {})}
    assert set(said["outputs"]) == {name for n in used for name in n.get("outputs", ())}
    required = {name for name, entry in said["inputs"].items() if entry["required"]}
    assert all(required <= set(n.get("inputs", {})) for n in used)
