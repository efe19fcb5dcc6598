"""The node's loop, without dora."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dora_hil.node.node import NodePort
from dora_hil.stream.messages import Action, Control
from dora_hil.stream.timestep import Kind, Phase, TimeStep
from dora_hil.stream.world import World
from dora_hil.testing.fake_node import FakeNode, closed_event, input_event
from operator_node.engagement import Always
from operator_node.main import build, run
from operator_node.scene import BLOCK
from operator_node.scripted_operator import ScriptedOperator

MakeStep = Callable[..., TimeStep]
EPISODE = {"episode": "body/episode"}
BOTH = EPISODE | {"status": "recorder/status"}


@pytest.fixture(autouse=True)
def _no_operator_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MODE", "NOISE", "SEED", "PRESSES", "SUCCESS_DELAY_S"):
        monkeypatch.delenv(f"OPERATOR_{name}", raising=False)


def _play(
    script: list[dict[str, Any]],
    operator: ScriptedOperator | None = None,
    inputs: dict[str, str] = EPISODE,
    **clock: Callable[[], float],
) -> tuple[int, FakeNode]:
    node = FakeNode(script, inputs=inputs, outputs=("action", "control"))
    return run(NodePort(node), operator or ScriptedOperator(Always()), **clock), node


def test_every_step_gets_one_answer_in_order(make_step: MakeStep) -> None:
    """Also when several were waiting."""
    _, node = _play([input_event("episode", make_step(s)) for s in range(5)])
    answers = [Action.from_arrow(value, metadata) for _, value, metadata in node.sent]
    assert [a.step for a in answers] == [0, 1, 2, 3, 4]


def test_a_world_that_is_wired_is_waited_for_and_believed(make_step: MakeStep) -> None:
    """The body of a robot knows of no block."""
    world = World(np.array([0.4, 0.1, 0.014]), 0.014, 0.05, False, False, False)
    steps = [input_event("episode", make_step(s, columns={BLOCK: None})) for s in range(3)]
    wired = EPISODE | {"world": "table/world"}
    code, node = _play([steps[0], input_event("world", world), *steps[1:]], inputs=wired)
    answers = [Action.from_arrow(value, metadata) for _, value, metadata in node.sent]
    assert code == 0
    assert [a.step for a in answers] == [1, 2]
    # The tool is at (0.4, 0, 0.22).
    assert answers[0].value[1] == 1.0
    assert answers[0].value[2] < 0.0


def test_keys_go_out_on_control(make_step: MakeStep) -> None:
    """As a person's would."""
    phase = make_step(-1, kind=Kind.PHASE, phase=Phase.RESETTING)
    _, node = _play([input_event("episode", phase)], build(["--presses", "next"]))
    [(output, value, metadata)] = node.sent
    assert output == "control"
    assert Control.from_arrow(value, metadata).command == "next"


def test_an_owner_that_vanishes_ends_the_node_with_an_error(make_step: MakeStep) -> None:
    """After a second in which an `over` might still have come."""
    times = iter([10.0, 10.0, 10.5, 11.1])
    steps = [input_event("episode", make_step(s)) for s in range(4)]
    code, node = _play([closed_event("status"), *steps], inputs=BOTH, now_s=lambda: next(times))
    assert code == 1
    assert len(node.sent) == 2


@pytest.mark.parametrize("is_said", [True, False])
def test_without_status_the_node_leaves_with_the_body(make_step: MakeStep, is_said: bool) -> None:
    """Whether it says so on `episode` or just closes: there is nobody else to wait for."""
    over = input_event("episode", make_step(-1, kind=Kind.PHASE, phase=Phase.OVER, run_over=True))
    leaving = over if is_said else closed_event("episode")
    code, node = _play([leaving, input_event("episode", make_step())])
    assert (code, node.sent) == (0, [])


def test_with_status_the_node_waits_for_it_when_the_body_leaves(make_step: MakeStep) -> None:
    """The owner says when the run is over."""
    script = [closed_event("episode"), input_event("episode", make_step())]
    _, node = _play(script, inputs=BOTH)
    assert len(node.sent) == 1


def test_the_environment_has_the_defaults(
    make_step: MakeStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dataflow sets variables where a person types options."""
    monkeypatch.setenv("OPERATOR_MODE", "off")
    answer = build([]).answer(make_step())
    assert answer is not None
    assert not answer.engaged


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("MODE", "sometimes", "'sometimes' is not one of always, off, probability, no_progress"),
        ("NOISE", "-1", "-1 is not 0 or more"),
        ("SEED", "one", "'one' is not a whole number"),
        ("PRESSES", "all", "'all' is not one of next, none"),
        ("SUCCESS_DELAY_S", "2 1", "'2 1' is not 'MIN MAX'"),
    ],
)
def test_an_unusable_variable_is_refused_with_what_is_accepted(
    variable: str,
    value: str,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before the node joins the dataflow."""
    monkeypatch.setenv(f"OPERATOR_{variable}", value)
    with pytest.raises(SystemExit, match="2"):
        build([])
    assert expected in capsys.readouterr().err


def test_success_is_pressed_late_by_what_the_option_says(make_step: MakeStep) -> None:
    """One number is a fixed delay."""
    operator = build(["--success-delay-s", "0.2"])
    solved = {BLOCK: (0.4, 0.0, 0.2)}
    assert [len(operator.press(make_step(s, columns=solved))) for s in range(4)] == [0, 0, 1, 0]
