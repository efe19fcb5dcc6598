"""The program `dora-hil`: what the installed packages can do around the dataflows, as commands.

A package names its commands as entry points of the group `dora_hil.commands`; a dot in a name
makes two words of it (`classifier.train` is `dora-hil classifier train`).
"""

import argparse
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Final

import argcomplete

from dora_hil import logs
from dora_hil.arguments import NodeArguments
from dora_hil.errors import UserError, one_line

PROGRAM: Final = "dora-hil"
GROUP: Final = "dora_hil.commands"


@dataclass(frozen=True)
class Command:
    """One of them. Its module is imported for every `--help`, so what is slow it imports late.

    Attributes:
        subject: the heading under which it is listed.
        about: its help, as it is laid out: a line that says what it does, then an example of its
            use, indented.
        add_arguments: declares its options.
        run: does it; raises UserError where it cannot.
        is_local: LeRobot is to work on local files alone meanwhile.
        passes_on: words that are no options of its own are not wrong; `run` gets them as `rest`.
    """

    subject: str
    about: str
    add_arguments: Callable[[NodeArguments], None]
    run: Callable[[argparse.Namespace], None]
    is_local: bool = True
    passes_on: bool = False

    @property
    def summary(self) -> str:
        """Return what it does, in a line."""
        return self.about.strip().partition("\n")[0]

    @property
    def example(self) -> str:
        """Return a command line."""
        found = re.search(r"^    (?:.*\\\n)*.*", self.about, re.MULTILINE)
        return " ".join(found[0].replace("\\\n", " ").split()) if found else ""


class _CommandArguments(NodeArguments):
    """A parser whose help is laid out as it is written."""

    def __init__(self, prog: str, about: str) -> None:
        """Parse for `prog`."""
        super().__init__(prog, about)
        self.formatter_class = argparse.RawDescriptionHelpFormatter


def installed() -> dict[str, Command]:
    """Return every command that a package of this environment brings, by its words.

    One that cannot be imported is left out, and said on stderr.
    """
    found = {}
    for point in entry_points(group=GROUP):
        name = point.name.replace(".", " ")
        try:
            found[name] = point.load()
        except (ImportError, AttributeError) as error:
            print(f"{PROGRAM}: {name} is left out: {one_line(error)}", file=sys.stderr)
    return found


def parser(commands: Mapping[str, Command]) -> NodeArguments:
    """Return what reads a command line; the parsed one has `command`, `name` and `rest`."""
    program = _CommandArguments(PROGRAM, _overview(commands))
    program.usage = f"{PROGRAM} COMMAND [-h] ..."
    groups = {"": _words(program)}
    for name, command in sorted(commands.items()):
        group, _, word = name.rpartition(" ")
        if group not in groups:
            of_group = {key: c for key, c in commands.items() if key.startswith(f"{group} ")}
            groups[group] = _words(groups[""].add_parser(group, about=_overview(of_group)))
        own = groups[group].add_parser(word, about=command.about)
        command.add_arguments(own)
        own.set_defaults(name=name, command=command, parser=own)
    return program


def run(argv: Sequence[str]) -> None:
    """Do what a command line says.

    Raises:
        UserError: it cannot be done.
        SystemExit: a word is wrong, which is said in a line; or it asked for help.
    """
    program = parser(installed())
    argcomplete.autocomplete(program)
    args, rest = program.parse_known_args(argv)
    command: Command = args.command
    if rest and not command.passes_on:
        args.parser.error(f"unrecognized arguments: {' '.join(rest)}")
    args.rest = rest
    # What goes to the Hub or comes from there shows how far it is.
    logs.set_up(f"{PROGRAM} {args.name}", logging.WARNING, bars=True)
    if command.is_local:
        os.environ.update({"HF_HUB_OFFLINE": "1", **logs.NO_BARS})
    command.run(args)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the program; what goes wrong is one line and exit code 1."""
    try:
        run(sys.argv[1:] if argv is None else argv)
    except UserError as error:
        sys.exit(f"{PROGRAM}: {error}")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.exit(f"{PROGRAM}: {where}{error.strerror or error}")
    except KeyboardInterrupt:
        sys.exit(f"\n{PROGRAM}: interrupted; what was complete is kept")


def _words(parser: NodeArguments) -> "argparse._SubParsersAction[_CommandArguments]":
    return parser.add_subparsers(
        prog=parser.prog,
        metavar="COMMAND",
        dest="word",
        required=True,
        parser_class=_CommandArguments,
        help=argparse.SUPPRESS,
    )


def _overview(commands: Mapping[str, Command]) -> str:
    """Return what there is, below its headings, with an example of each."""
    lines = []
    for subject in sorted({command.subject for command in commands.values()}):
        lines += ["", subject]
        for name, command in sorted(commands.items()):
            if command.subject == subject:
                lines += [f"  {name}: {command.summary}", f"      {command.example}"]
    return "\n".join(lines).strip()
