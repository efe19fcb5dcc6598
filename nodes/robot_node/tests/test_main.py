"""robot-node from the shell."""

import sys
from pathlib import Path

import pytest

from robot_node.main import main

CONFIGS = Path(__file__).parents[3] / "configs"


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int | str | None:
    """Run the command; returns its exit code."""
    monkeypatch.setattr(sys, "argv", ["robot-node", *words])
    with pytest.raises(SystemExit) as exit_info:
        main()
    return exit_info.value.code


def test_the_help_names_options_and_variables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of the README, each with its default."""
    assert run(monkeypatch, "--help") == 0
    said = capsys.readouterr().out
    for name in ("--config_path", "$ENV_CONFIG", "$ADVANCE", "$EPISODES", "$SEED"):
        assert name in said
    assert "configs/so101_env.json" in said


def test_a_bad_file_is_one_line_and_exit_code_two(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It names the file."""
    path = tmp_path / "env.json"
    path.write_text('{"env": {"name": "real_robot", "robot": {"type": "x"}, "fsp": 3}}')
    assert run(monkeypatch, "--config_path", str(path)) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"robot-node: {path}: ")
    assert "unknown key" in error
    assert len(error.splitlines()) == 1


def test_a_bad_option_is_one_line_and_exit_code_two(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything heavy is imported."""
    assert run(monkeypatch, "--advance", "never") == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_words_of_the_environment_are_put_over_the_file_and_blamed_themselves(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With `--env.robot.port=...` the virtual arm's config is that of an arm of one's own."""
    config = str(CONFIGS / "so101_env.json")
    monkeypatch.setenv("ENV_ARGS", "--env.robot.port=/dev/none --env.robot.prot=2")
    assert run(monkeypatch, "--config_path", config) == 2
    assert "(did you mean 'port'?)" in capsys.readouterr().err
    assert run(monkeypatch, "--config_path", config, "--robot.home_speed=-1") == 2
    assert capsys.readouterr().err.startswith("robot-node: --robot.home_speed=-1: ")
