"""What the documentation says is so."""

import re

import pytest
from harness import ROOT, printed

DATAFLOWS = sorted(path.name for path in ROOT.glob("dataflow-*.yaml"))
NODES = sorted(path.name for path in (ROOT / "nodes").iterdir() if path.is_dir())


def section(name: str) -> str:
    """Return a dataflow's part of docs/dataflows.md."""
    text = (ROOT / "docs" / "dataflows.md").read_text()
    assert f"## {name}\n" in text, f"docs/dataflows.md says nothing of {name}"
    return text.split(f"## {name}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("name", DATAFLOWS)
def test_the_graph_in_the_docs_is_that_of_the_yaml(name: str) -> None:
    """As `dora graph --mermaid` prints it."""
    graph = printed("dora", "graph", name, "--mermaid").split("\n\nPaste the above")[0].strip()
    match = re.search(r"```mermaid\n(.*?)\n```", section(name), re.DOTALL)
    assert match is not None
    assert match.group(1).strip() == graph


@pytest.mark.parametrize("name", DATAFLOWS)
def test_every_dataflow_is_valid(name: str) -> None:
    """`dora validate --strict-types`."""
    printed("dora", "validate", "--strict-types", name)


@pytest.mark.parametrize("name", DATAFLOWS)
def test_every_input_has_an_explicit_queue(name: str) -> None:
    """The default lets a slow node act on stale data."""
    text = (ROOT / name).read_text()
    sources = re.findall(r"^ +\w+: .*source: .*$", text, re.MULTILINE)
    assert sources
    assert all("queue_size:" in line for line in sources)


@pytest.mark.parametrize("name", DATAFLOWS)
def test_every_variable_of_a_dataflow_is_explained(name: str) -> None:
    """In the dataflow's own section, or in the one it refers to."""
    text = (ROOT / name).read_text()
    docs = (ROOT / "docs" / "dataflows.md").read_text()
    for variable in set(re.findall(r"\$\{(\w+):-", text)):
        assert f"`{variable}`" in docs


@pytest.mark.parametrize("name", NODES)
def test_every_node_has_a_readme_with_the_same_headings(name: str) -> None:
    """Behavior, Inputs, Outputs, Environment variables, Usage."""
    text = (ROOT / "nodes" / name / "README.md").read_text()
    for heading in ("Behavior", "Inputs", "Outputs", "Environment variables", "Usage"):
        assert f"\n## {heading}\n" in text, heading


@pytest.mark.parametrize("name", NODES)
def test_a_nodes_readme_explains_every_option(name: str) -> None:
    """Flag and variable, as `--help` has them."""
    help_text = printed(name.replace("_", "-"), "--help")
    text = (ROOT / "nodes" / name / "README.md").read_text()
    for variable in re.findall(r"\(\$(\w+);", help_text.replace("\n", " ")):
        assert f"`{variable}`" in text, variable


def test_ci_calls_the_test_command_of_the_readme() -> None:
    """The same line."""
    command = "scripts/setup.sh --tests uv run pytest"
    assert f"\n{command}\n" in (ROOT / "README.md").read_text()
    assert f"\n{command}\n" in (ROOT / ".ci" / "run").read_text()


def test_relative_links_lead_somewhere() -> None:
    """In every page."""
    folders = ("nodes", "packages", "plugins")
    packages = [page for name in folders for page in ROOT.glob(f"{name}/*/README.md")]
    pages = [ROOT / "README.md", *ROOT.glob("docs/*.md"), *packages]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page}: {target}"
