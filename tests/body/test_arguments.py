"""The options that every body has."""

from pathlib import Path

import pytest

from dora_hil.arguments import NodeArguments
from dora_hil.body.arguments import body_arguments, body_config, tick_period_s
from dora_hil.body.environment_config import EnvironmentConfig
from dora_hil.body.episode import UNDO_S, Advance
from dora_hil.body.lerobot_env import EnvSection, ProcessorSection, ResetSection
from dora_hil.body.pace import PaceError
from dora_hil.body.safety import SafetyConfig
from dora_hil.node.node import NodePort
from dora_hil.testing.fake_node import FakeNode

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


def test_the_body_runs_as_config_and_options_say() -> None:
    """Each in its place; the watchdog among them."""
    reset = ResetSection(reset_time_s=2.0, terminate_on_success=False)
    config = EnvironmentConfig(
        env=EnvSection(processor=ProcessorSection(reset=reset)),
        safety=SafetyConfig(watchdog_s=0.4),
    )
    args = arguments().parse_node(["--advance=auto", "--seed=4"])
    body = body_config(config, args, max_steps=30, tick_period_s=0.01, steps_after_success=5)
    assert (body.rules.advance, body.rules.max_steps) == (Advance.AUTO, 30)
    assert (body.rules.terminate_on_success, body.rules.steps_after_success) == (False, 5)
    assert (body.reset_time_s, body.seed, body.watchdog_s) == (2.0, 4, 0.4)
    assert (body.tick_period_s, body.rules.undo_s) == (0.01, UNDO_S)


def period_s(tick: str, *devices: str, lockstep: tuple[str, ...], is_simulated: bool) -> float:
    """Wire a body of 10 steps a second to a timer and to devices, and ask for its period."""
    args = arguments().parse_node([])
    args.speed = 1.0
    inputs = {"tick": tick, **{f"intervention_{name}": f"{name}/action" for name in devices}}
    return tick_period_s(
        NodePort(FakeNode([], inputs, ())),
        EnvironmentConfig(env=EnvSection(fps=10.0)),
        args,
        lockstep=lockstep,
        is_simulated=is_simulated,
    )


def test_a_simulator_may_run_fast_where_everybody_who_drives_is_waited_for() -> None:
    """An operator in lockstep is no person; a keyboard is, and a robot has no other time."""
    fast, operator = "dora/timer/millis/40", ("intervention_operator",)
    assert period_s(fast, "operator", lockstep=operator, is_simulated=True) == 0.04
    with pytest.raises(PaceError, match="whoever drives by intervention_keyboard"):
        period_s(fast, "operator", "keyboard", lockstep=operator, is_simulated=True)
    with pytest.raises(PaceError, match="a robot's time cannot be sped up"):
        period_s(fast, lockstep=(), is_simulated=False)
