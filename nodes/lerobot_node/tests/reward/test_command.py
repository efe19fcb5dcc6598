"""The loop of `lerobot-node reward`."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import lamps

from dora_hil.node.node import NodePort
from dora_hil.stream.messages import Command, Control
from dora_hil.stream.spec import Columns
from dora_hil.stream.timestep import Kind, TimeStep, Verdict
from dora_hil.testing.fake_node import FakeNode, closed_event, input_event, stop_event
from lerobot_node.reward.command import build, run, summary
from lerobot_node.reward.config import RewardConfig, load
from lerobot_node.reward.stage import RewardStage, Tally

MakeStep = Callable[..., TimeStep]


class Always:
    """Sees success everywhere."""

    def probability(self, columns: object) -> float:
        """Return 1."""
        return 1.0

    def encoded(self, columns: Columns) -> Columns:
        """Make no features."""
        return {}


def node(*script: object) -> FakeNode:
    """Return a node that hears this."""
    return FakeNode(
        script=list(script),  # type: ignore[arg-type]
        inputs={"episode": "body/episode"},
        outputs=("episode", "control"),
    )


def passed(fake: FakeNode) -> list[TimeStep]:
    """Return what was sent on."""
    return [TimeStep.from_arrow(v, m) for output, v, m in fake.sent if output == "episode"]


def test_the_body_is_told_before_everyone_else(make_step: MakeStep) -> None:
    """It goes on without waiting."""
    fake = node(input_event("episode", make_step(0)), input_event("episode", make_step(1)))
    assert run(NodePort(fake), RewardStage(Always(), RewardConfig())) == 0
    assert [output for output, _, _ in fake.sent] == ["episode", "control", "episode"]
    control = Control.from_arrow(*fake.sent[1][1:])
    assert (control.command, control.episode) == (Command.SUCCESS, 0)
    assert passed(fake)[-1].kind is Kind.LAST


def test_without_a_classifier_everything_passes(make_step: MakeStep) -> None:
    """Bit for bit, so that the same dataflow runs with and without."""
    steps = [make_step(0), make_step(1, reward=0.5), make_step(-1, kind=Kind.PHASE)]
    fake = node(*(input_event("episode", step) for step in steps))
    assert run(NodePort(fake), build(RewardConfig())) == 0
    assert [t.to_arrow()[0] for t in passed(fake)] == [s.to_arrow()[0] for s in steps]


def test_what_follows_a_stop_is_passed_on(make_step: MakeStep) -> None:
    """The body's last word says whether the episode counts."""
    last = make_step(
        -1, kind=Kind.PHASE, verdict=Verdict.KEEP, run_over=True, columns=make_step(0).columns
    )
    fake = node(
        input_event("episode", make_step(0)),
        stop_event(),
        input_event("episode", last),
        closed_event("episode"),
    )
    assert run(NodePort(fake), build(RewardConfig())) == 0
    assert passed(fake)[-1].verdict is Verdict.KEEP


def test_the_end_of_a_run_says_how_long_a_look_took() -> None:
    """And how often the body's own signal agreed, where it has one."""
    tally = Tally([0.010, 0.012, 0.014], episodes=4, successes=3, confirmed=2, body_speaks=True)
    said = summary(tally)
    assert said.startswith("3 of 4 episode(s) succeeded (2 of them in a frame that the body's")
    assert "3 frames judged in 12.0 ms each" in said
    assert "body" not in summary(replace(tally, body_speaks=False))


def test_a_trained_classifier_judges_a_stream(trained: Path, tmp_path: Path) -> None:
    """From the JSON file to the first frame."""
    path = tmp_path / "reward.json"
    classifier = {"reward_classifier": {"pretrained_path": str(trained)}}
    path.write_text(json.dumps({"env": {"processor": classifier}}))
    stage = build(load(path))
    assert stage is not None
    pixels = lamps.picture(50, 0, is_lit=True)
    assert stage._judge.probability({lamps.FRONT: pixels, lamps.WRIST: pixels}) > 0.5
