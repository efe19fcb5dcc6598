"""The program `dora-hil`, with the commands that the workspace's packages bring."""

import argparse
import os
import shlex
import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest
from harness import BIN

import dora_hil.command as program
from dora_hil.arguments import NodeArguments
from dora_hil.command import Command, installed, main, parser, run
from dora_hil.errors import UserError

COMMANDS = installed()


def no_arguments(_parser: NodeArguments) -> None:
    """Declare none."""


def brings(monkeypatch: pytest.MonkeyPatch, *commands: tuple[str, Command]) -> None:
    """Let these be the installed ones."""
    monkeypatch.setattr(program, "installed", lambda: dict(commands))


def failing(error: BaseException) -> Command:
    """Return a command that fails."""

    def fail(_args: argparse.Namespace) -> None:
        raise error

    return Command("Tests", "Fail.", no_arguments, fail)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_a_command_is_one_that_it_takes(name: str) -> None:
    """People copy it."""
    uv, run_, dora_hil, *words = shlex.split(COMMANDS[name].example)
    assert (uv, run_, dora_hil) == ("uv", "run", "dora-hil")
    args, rest = parser(COMMANDS).parse_known_args(words)
    assert args.name == name
    assert not rest or COMMANDS[name].passes_on


def test_help_lists_every_command_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    """Below what it is about."""
    with pytest.raises(SystemExit):
        run(["--help"])
    said = capsys.readouterr().out
    for name, command in COMMANDS.items():
        assert f"\n{command.subject}\n" in said
        assert f"  {name}: {command.summary}\n      {command.example}\n" in said


def test_help_needs_none_of_the_slow_libraries() -> None:
    """It is there at once, whatever the command."""
    code = (
        "import sys\nfrom dora_hil.command import installed, parser\nparser(installed())\n"
        "print({'dora', 'lerobot', 'matplotlib', 'numpy', 'pyarrow', 'rerun', 'torch'}"
        " & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (UserError("no such thing"), "dora-hil: no such thing"),
        (OSError(28, "No space left on device", "/data/x"), "dora-hil: /data/x: No space left"),
        (KeyboardInterrupt(), "\ndora-hil: interrupted; what was complete is kept"),
    ],
)
def test_what_goes_wrong_is_one_line_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, expected: str
) -> None:
    """`sys.exit` with a text prints it, and exits with 1."""
    brings(monkeypatch, ("fail", failing(error)))
    with pytest.raises(SystemExit) as ended:
        main(["fail"])
    assert str(ended.value.code).startswith(expected)


def test_a_package_that_cannot_be_imported_costs_its_own_commands_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever has it learns why."""
    points = [
        EntryPoint("report", "dora_hil_datasets.commands.report:COMMAND", program.GROUP),
        EntryPoint("fly.high", "no_such_package.commands:COMMAND", program.GROUP),
        EntryPoint("sink", "dora_hil_datasets.commands.report:NO_SUCH", program.GROUP),
    ]
    monkeypatch.setattr(program, "entry_points", lambda group: points)
    assert list(installed()) == ["report"]
    first, second = capsys.readouterr().err.splitlines()
    assert first == "dora-hil: fly high is left out: No module named 'no_such_package'"
    assert second.startswith("dora-hil: sink is left out: ")


def test_a_defect_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is to be reported."""
    brings(monkeypatch, ("fail", failing(ZeroDivisionError())))
    with pytest.raises(ZeroDivisionError):
        main(["fail"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "dora-hil: the following arguments are required: COMMAND; see dora-hil --help"),
        (["nothing"], "dora-hil: argument COMMAND: invalid choice: 'nothing' (choose from "),
        (["report"], "dora-hil report: the following arguments are required: --repo_id; see "),
        (["report", "--repo_id=a/b", "--x"], "dora-hil report: unrecognized arguments: --x; see "),
        (["classifier", "x"], "dora-hil classifier: argument COMMAND: invalid choice: 'x' "),
    ],
)
def test_a_wrong_word_is_one_line_that_says_what_is_accepted(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With exit code 2, before anything is read."""
    with pytest.raises(SystemExit) as ended:
        run(words)
    assert ended.value.code == 2
    line = capsys.readouterr().err
    assert line.startswith(said)
    assert line.count("\n") == 1


@pytest.mark.parametrize("is_local", [True, False])
def test_a_local_command_asks_nobody_on_the_network(
    monkeypatch: pytest.MonkeyPatch, is_local: bool
) -> None:
    """One that uploads does; words that it does not know are its own affair where it says so."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    seen = []

    def look(args: argparse.Namespace) -> None:
        seen.append((os.environ.get("HF_HUB_OFFLINE"), args.rest))

    look_at = Command("Tests", "Look.", no_arguments, look, is_local=is_local, passes_on=True)
    brings(monkeypatch, ("look at", look_at))
    run(["look", "at", "--steps=5"])
    assert seen == [("1" if is_local else None, ["--steps=5"])]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("dora-hil re", {"relabel", "report"}),
        ("dora-hil classifier ", {"backbone", "evaluate", "train"}),
        ("dora-hil report --thu", {"--thumbnails"}),
    ],
)
def test_a_shell_completes_it(line: str, expected: set[str]) -> None:
    """As argcomplete's function in bash and zsh asks for it."""
    asked = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line))}
    asked |= {"_ARGCOMPLETE_IFS": "\n", "_ARGCOMPLETE_SUPPRESS_SPACE": "1"}
    shell = ["bash", "-c", f"{BIN / 'dora-hil'} 8>&1 9>/dev/null 1>/dev/null 2>&1"]
    ran = subprocess.run(shell, env=os.environ | asked, capture_output=True, text=True)
    assert {word.strip() for word in ran.stdout.splitlines()} >= expected
    assert all(word.startswith(line.split(" ")[-1]) for word in ran.stdout.splitlines())
