"""The command line of `lerobot-node`."""

import importlib
import subprocess
import sys

import pytest

from lerobot_node.main import COMMANDS, CommandError, start


@pytest.mark.parametrize("argv", [[], ["recrod"], ["--recrod"], [""]])
def test_an_unknown_command_is_named_with_those_there_are(argv: list[str]) -> None:
    """Or none at all."""
    with pytest.raises(CommandError, match="is not a command; expected one of: ") as error:
        start(argv)
    assert str(error.value).endswith(", ".join(COMMANDS))


def test_an_unknown_command_is_one_line_and_exit_code_two() -> None:
    """As dora starts it."""
    done = subprocess.run(
        [sys.executable, "-m", "lerobot_node.main", "recrod"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("lerobot-node: 'recrod' is not a command")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_names_every_command_and_every_option(
    flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the variables that say the same from a dataflow."""
    assert start([flag]) == 0
    text = capsys.readouterr().out
    for command in COMMANDS:
        parser = importlib.import_module(COMMANDS[command]).parser()
        assert parser.format_help() in text
        assert f"lerobot-node {command}" in text
    for option in ("--config_path", "$RECORD_CONFIG", "--resume", "$RESUME_RECORDING"):
        assert option in text


def test_a_command_gets_its_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    """Here one that it refuses."""
    with pytest.raises(SystemExit) as ended:
        start(["record", "--resume", "maybe"])
    assert ended.value.code == 2
    assert "'maybe' is not one of 1, true, yes, 0, false, no" in capsys.readouterr().err
