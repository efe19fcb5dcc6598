"""Who imports whom: the rooms of `dora_hil`, circles, nodes that know other nodes."""

import ast
import graphlib
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from harness import ROOT
from packaging.requirements import Requirement

FLOORS = (
    # The files beside the rooms.
    ("",),
    ("stream",),
    ("hardware", "node", "display"),
    ("device", "owner", "bounds"),
    ("body",),
    ("testing",),
)
"""The rooms of `dora_hil`, from the ground up; nobody sees the neighbours on the same floor."""

FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
NODES = frozenset(path.name for path in (ROOT / "nodes").iterdir() if path.is_dir())
PROJECTS = sorted(
    path.parent
    for folder in ("nodes", "packages", "plugins")
    for path in ROOT.glob(f"{folder}/*/pyproject.toml")
)
PACKAGES = {"dora_hil": ROOT / "src", **{path.name: path for path in PROJECTS}}
"""Where the package of each distribution lies, by its name."""


def modules_of(package: str, home: Path) -> dict[str, ast.Module]:
    """Return the syntax of every module of a package, by its dotted name."""
    found = {}
    for path in sorted((home / package).rglob("*.py")):
        words = path.relative_to(home).with_suffix("").parts
        name = ".".join(words[:-1] if words[-1] == "__init__" else words)
        found[name] = ast.parse(path.read_text())
    return found


def imported(module: ast.Module) -> set[str]:
    """Return the names that a module imports, wherever: `from a import b` gives `a` and `a.b`."""
    found = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None
            assert not node.level, "a relative import hides where it leads"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def arrows(modules: Mapping[str, ast.Module]) -> dict[str, set[str]]:
    """Return which modules of the same package each one imports.

    A package's own file counts where something of it is imported, not on the way to its modules.
    """
    found = {}
    for name, module in modules.items():
        inside = imported(module) & set(modules)
        passed = {one.rpartition(".")[0] for one in inside}
        found[name] = {one for one in inside if one not in passed} - {name}
    return found


def room(name: str) -> str:
    """Return the room of a module of `dora_hil`; empty for those beside the rooms."""
    words = name.split(".")
    return words[1] if len(words) > 2 or (len(words) == 2 and words[1] in FLOOR_OF) else ""


def wrong_way(graph: Mapping[str, set[str]]) -> list[str]:
    """Return the arrows that do not lead to the own room or to one below."""
    return [
        f"{name} imports {other}"
        for name, others in graph.items()
        for other in sorted(others)
        if room(name) != room(other) and FLOOR_OF[room(name)] <= FLOOR_OF[room(other)]
    ]


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Return modules that import one another in a circle, the first of them twice; else none."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def test_every_folder_of_the_library_is_a_room() -> None:
    """And every room is there."""
    folders = {path.parent.name for path in (ROOT / "src/dora_hil").glob("*/__init__.py")}
    assert folders == set(FLOOR_OF) - {""}


def test_no_arrow_between_the_rooms_leads_up_or_aside() -> None:
    """Each knows only what lies below it."""
    assert wrong_way(arrows(modules_of("dora_hil", ROOT / "src"))) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_has_a_circle(package: str) -> None:
    """Not for types either: what cannot be read alone is one file."""
    assert circle(arrows(modules_of(package, PACKAGES[package]))) == []


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: str(path.name))
def test_a_package_imports_no_node_and_no_other_package_that_it_does_not_name(
    project: Path,
) -> None:
    """A node can be exchanged; what a package needs is installed with it."""
    toml = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    named = {Requirement(one).name.replace("-", "_") for one in toml["dependencies"]}
    others = set(PACKAGES) - {project.name}
    used = {
        name.partition(".")[0]
        for module in modules_of(project.name, project).values()
        for name in imported(module)
    } & others
    assert not used & NODES
    assert used <= named


def test_the_library_imports_no_other_package() -> None:
    """It is what all of them stand on."""
    modules = modules_of("dora_hil", ROOT / "src")
    used = {name.partition(".")[0] for module in modules.values() for name in imported(module)}
    assert not used & set(PACKAGES) - {"dora_hil"}


MADE_UP = {
    "dora_hil": "",
    "dora_hil.errors": "",
    "dora_hil.stream": "",
    "dora_hil.stream.spec": "from dora_hil import errors",
    "dora_hil.node": "",
    "dora_hil.node.node": "from dora_hil.stream.spec import Spec",
    "dora_hil.display": "",
    "dora_hil.display.film": "import dora_hil.stream.spec",
}


def made_up(**changed: str) -> dict[str, set[str]]:
    """Return the arrows of a small library, with some of its files changed."""
    given = {f"dora_hil.{name.replace('__', '.')}": text for name, text in changed.items()}
    return arrows({name: ast.parse(text) for name, text in (MADE_UP | given).items()})


def test_a_library_in_order_is_found_in_order() -> None:
    """Arrows that lead down, to a file beside the rooms as well."""
    graph = made_up()
    assert graph["dora_hil.stream.spec"] == {"dora_hil.errors"}
    assert wrong_way(graph) == []
    assert circle(graph) == []


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("stream__spec", "from dora_hil.node import node", "dora_hil.node.node"),
        ("stream__spec", "def late():\n    import dora_hil.node.node", "dora_hil.node.node"),
        ("errors", "from dora_hil.stream.spec import Spec", "dora_hil.stream.spec"),
        ("node__node", "from dora_hil.display.film import Film", "dora_hil.display.film"),
    ],
)
def test_an_arrow_that_leads_up_or_aside_is_found(name: str, text: str, found: str) -> None:
    """However it is written."""
    graph = made_up(**{name: text})
    assert wrong_way(graph) == [f"dora_hil.{name.replace('__', '.')} imports {found}"]


def test_a_circle_is_found() -> None:
    """For types alone, too."""
    back = "if TYPE_CHECKING:\n    from dora_hil.node.node import Node"
    graph = made_up(node__other=back, node__node="from dora_hil.node.other import Other")
    assert set(circle(graph)) == {"dora_hil.node.node", "dora_hil.node.other"}
