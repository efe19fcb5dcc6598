"""The options that every body has."""

from pathlib import Path

import pytest

from dora_hil.arguments import NodeArguments
from dora_hil.body_arguments import body_arguments

VARIABLES = ("ENV_CONFIG", "ADVANCE", "EPISODES", "SEED")


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the shell that runs the tests count for nothing."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def arguments() -> NodeArguments:
    """Return the options of a body."""
    return body_arguments("some-node", "Some body.", "configs/some_env.json")


def test_without_options_a_person_confirms_episodes_without_end() -> None:
    """From seed 0 on, with the config that the body names."""
    args = arguments().parse_node([])
    assert (args.config_path, args.advance) == (Path("configs/some_env.json"), "confirm")
    assert (args.episodes, args.seed) == (0, 0)


def test_every_option_is_an_environment_variable_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dataflow has nothing else."""
    for name, value in zip(VARIABLES, ("other.json", "auto", "7", "3"), strict=True):
        monkeypatch.setenv(name, value)
    args = arguments().parse_node([])
    assert (args.config_path, args.advance) == (Path("other.json"), "auto")
    assert (args.episodes, args.seed) == (7, 3)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--advance", "never"], "'never'"),
        (["--episodes", "-1"], "-1 is not 0 or more"),
        (["--seed", "x"], "'x' is not a whole number"),
        (["--lockstep", "action"], "--lockstep"),
    ],
)
def test_a_bad_option_is_one_line_and_exit_code_two(
    flags: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Options of a simulator among them."""
    with pytest.raises(SystemExit) as exit_info:
        arguments().parse_node(flags)
    assert exit_info.value.code == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
