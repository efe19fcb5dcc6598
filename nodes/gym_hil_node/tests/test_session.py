"""One run of the simulator on a fake dora node."""

from pathlib import Path

import pytest

from dora_hil.body.arguments import parse_body
from dora_hil.body.pace import PaceError
from dora_hil.config import ConfigError
from dora_hil.node.node import NodePort
from dora_hil.stream.timestep import Kind, TimeStep
from dora_hil.testing.fake_node import FakeNode, stop_event, tick_event
from gym_hil_node import session
from gym_hil_node.main import parser

CONFIG = Path(__file__).parents[3] / "configs" / "gym_hil_env_state.json"
"""Ten steps a second."""


def run(monkeypatch: pytest.MonkeyPatch, tick: str, *words: str) -> list[TimeStep]:
    """Run for two ticks with a keyboard wired; returns what was published."""
    inputs = {"tick": tick, "intervention_keyboard": "keyboard/action"}
    node = FakeNode([tick_event(), tick_event(), stop_event()], inputs, ("episode", "status"))
    monkeypatch.setattr(session, "attach", lambda: NodePort(node))
    argv = [f"--config_path={CONFIG}", "--viewer=off", "--advance=auto", *words]
    assert session.run(parse_body(parser(), argv), argv) == 0
    sent = [(value, metadata) for output, value, metadata in node.sent if output == "episode"]
    return [TimeStep.from_arrow(value, metadata) for value, metadata in sent]


def test_a_run_publishes_a_step_a_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it is stopped."""
    steps = run(monkeypatch, "dora/timer/millis/100")
    assert [step.kind for step in steps] == [Kind.FIRST, Kind.MID, Kind.PHASE]
    assert steps[0].control_dt_s == pytest.approx(0.1)


def test_words_are_put_over_the_config(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the environment, too."""
    monkeypatch.setenv("ENV_ARGS", "--sim.number_of_steps_after_success=2")
    steps = run(monkeypatch, "dora/timer/millis/50", "--env.fps=20")
    assert steps[0].control_dt_s == pytest.approx(0.05)
    monkeypatch.setenv("ENV_ARGS", "--env.fps=fast")
    with pytest.raises(ConfigError, match=r"^--env\.fps=fast: env\.fps: "):
        run(monkeypatch, "dora/timer/millis/50")


def test_a_person_drives_at_the_clocks_speed_or_at_one_that_is_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Refused before the first step; SPEED says that it is meant."""
    with pytest.raises(PaceError, match=r"gym_hil_env_state.json: env.fps is 10, .* 20 Hz"):
        run(monkeypatch, "dora/timer/millis/50")
    assert len(run(monkeypatch, "dora/timer/millis/50", "--speed=2")) == 3
