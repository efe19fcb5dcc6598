"""Every message that docs/symptoms.md explains is one that the code says."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import ROOT

PAGE = ROOT / "docs" / "symptoms.md"
OTHERS = "What others say"
"""The section of messages that are not this project's."""

HOLE = "\0"
"""Stands in a message of the code for what is put in when it is said."""

SOURCES = ("src", "nodes/*/*_node", "packages/*/*", "plugins/*/*", "scripts")
LEAST_LETTERS = 12
"""A shorter message would be found anywhere."""


def rows() -> list[tuple[str, list[str]]]:
    """Return the section and the cells of every row of the page's tables."""
    found, section = [], ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("| ") and not line.startswith(("| ---", "| On the screen")):
            found.append((section, [cell.strip() for cell in line.strip("|").split("|")]))
    return found


def quoted(cell: str) -> str:
    """Return the message that a cell quotes."""
    match = re.fullmatch(r"`([^`]+)`", cell)
    return match[1] if match else ""


OURS = [quoted(cells[0]) for section, cells in rows() if section != OTHERS]


def text_of(node: ast.AST) -> str | None:
    """Return the text that an expression makes, with holes; None if it makes no text."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or HOLE for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = text_of(node.left), text_of(node.right)
        return None if left is None and right is None else (left or HOLE) + (right or HOLE)
    return None


def texts_of(path: Path) -> Iterator[str]:
    """Yield the texts that a Python file or a shell script can say; docstrings are none."""
    source = path.read_text()
    if path.suffix == ".sh":
        for text in re.findall(r'"([^"\n]*)"', source):
            yield re.sub(r"\$\{[^}]*\}|\$\w+", HOLE, text)
        return
    tree = ast.parse(source)
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        text = None if id(node) in silent else text_of(node)
        if text:
            # As logging has it: `%d`, `%.2f`.
            yield re.sub(r"%[-+ #0]*[\d.]*[a-z]", HOLE, text).replace("%%", "%")


@functools.cache
def said_in_the_code() -> tuple[str, ...]:
    """Return all texts of all sources."""
    files = [
        path
        for folder in SOURCES
        for root in ROOT.glob(folder)
        for path in root.rglob("*")
        if path.suffix in (".py", ".sh") and "tests" not in path.relative_to(ROOT).parts
    ]
    return tuple(text for path in files for text in texts_of(path))


def is_said(message: str) -> bool:
    """Say whether a message is in the code; what stands in angle brackets may be anything."""
    parts = re.split(r"<[^<>]+>", message)
    pattern = re.compile(".*".join(re.escape(part) for part in parts), re.DOTALL)
    return any(pattern.search(text) for text in said_in_the_code())


@pytest.mark.parametrize("message", OURS)
def test_a_message_of_the_page_is_said_by_the_code(message: str) -> None:
    """A reworded one has to be reworded here too, and one that is gone goes from the page."""
    assert is_said(message), f"docs/symptoms.md: nothing says {message!r} any more"


def test_what_nobody_says_is_noticed() -> None:
    """Words in another order, the rest of a message, a docstring, and what only tests say."""
    assert is_said("there is no dataset here (<file> is missing)")
    assert not is_said("here there is no dataset (<file> is missing)")
    assert not is_said("there is no dataset here (<file> is missing) any more")
    assert not is_said("What every node does around its own loop")
    assert not is_said("What nobody says <is> noticed")


def test_every_row_is_whole() -> None:
    """A message long enough to be found, its meaning, what to do; no message twice."""
    for section, cells in rows():
        assert len(cells) == 3, (section, cells)
        assert all(cells), (section, cells)
    for message in OURS:
        assert len(re.findall("[A-Za-z]", re.sub("<[^<>]+>", "", message))) >= LEAST_LETTERS, (
            message
        )
    assert len(set(OURS)) == len(OURS)
    assert len(OURS) >= 40
