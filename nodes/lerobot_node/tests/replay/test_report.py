"""What a replay came to."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from replay_rig import ReplayRig, body_of, perform, source_of

from dora_hil.stream.timestep import EndReason
from dora_hil.testing.fake_environment import FakeEnvironment
from lerobot_node.replay.deviation import PictureDeviation
from lerobot_node.replay.report import ReplayReport, say_episode


@pytest.fixture
def report() -> ReplayReport:
    """Return the report on two episodes that came out again."""
    sources = [
        replace(source_of(perform(body_of(FakeEnvironment(), max_steps=6), seed)), index=seed)
        for seed in (3, 8)
    ]
    replayer = ReplayRig(body_of(FakeEnvironment(), max_steps=6), sources).run().replayer
    assert replayer.fit is not None
    return ReplayReport(replayer.results, replayer.fit)


def push(report: ReplayReport, amount: float) -> None:
    """Let the second episode be off by some amount in z."""
    deviation = report.results[1].deviation.vectors["observation.state"]
    deviation.max_abs = np.maximum(deviation.max_abs, [0, 0, amount, 0])


def test_every_number_has_a_row_with_its_name_and_unit(report: ReplayReport) -> None:
    """Aligned, so that a person can read it."""
    push(report, 0.25)
    lines = list(report.lines())
    assert lines[0].startswith("replayed as ee_absolute, episodes: 2, frames compared: 12;")
    z = next(line for line in lines if "z" in line.split() and "0.25" in line)
    assert z.split()[:3] == ["z", "m", "0.25"]
    assert z.index("0.25") == lines[1].index("max")
    assert lines[-2] == "next.success: differs in 0 of 12 frames"
    assert lines[-1] == "it did not go quite as recorded: observed numbers are off by up to 0.25"


def test_figures_of_rounding_alone_come_to_a_verdict(report: ReplayReport) -> None:
    """Nobody has to know whether 1e-10 is much."""
    push(report, 1e-9)
    assert list(report.lines())[-1] == "it went as recorded: no number is off by more than 1e-06"


def test_pictures_are_said_in_decibel_or_to_be_identical(report: ReplayReport) -> None:
    """Video is lossy, so that the recorded ones are never quite the same."""
    black, white = (np.full((4, 4, 3), level, np.uint8) for level in (0, 255))
    for result in report.results:
        result.deviation.pictures["observation.images.front"] = camera = PictureDeviation()
        camera.add(black, black)
    assert list(report.lines())[-2] == "observation.images.front: identical"
    camera.add(black, white)
    assert list(report.lines())[-2] == (
        "observation.images.front: PSNR at least 0.0 dB, mean 0.0 dB, largest difference 255 of 255"
    )


def test_the_line_about_an_episode_has_both_sides(report: ReplayReport) -> None:
    """Length and end."""
    assert say_episode(report.results[0]).startswith(
        "episode 3: 6 of 6 frames, end: time limit (recorded: time limit), "
        "observed numbers off by at most "
    )


def test_the_line_about_an_episode_says_what_explains_a_deviation(report: ReplayReport) -> None:
    """Somebody else drove; a success was a person's word."""
    result = report.results[0]
    source = replace(result.source, end_reason=EndReason.SUCCESS)
    line = say_episode(replace(result, source=source, end_reason="operator", driven_by_others=2))
    assert "2 steps not driven by the recording" in line
    assert "--say_success=true" in line


def test_json_has_every_episode_and_the_total(report: ReplayReport) -> None:
    """With names and units, as plain data."""
    push(report, 0.25)
    plain = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert plain["action_space"] == "ee_absolute"
    assert [e["episode_index"] for e in plain["episodes"]] == [3, 8]
    assert plain["episodes"][1]["length"] == {"recorded": 6, "replayed": 6}
    state = plain["total"]["vectors"]["observation.state"]
    assert (state["names"][2], state["units"][2], state["max_abs"][2]) == ("z", "m", 0.25)
    assert plain["total"]["frames"] == 12


def test_what_is_no_number_is_null_in_json(report: ReplayReport) -> None:
    """JSON knows neither NaN nor infinity."""
    push(report, math.nan)
    report.results[0].deviation.pictures["c"] = PictureDeviation()
    report.results[1].deviation.pictures["c"] = PictureDeviation()
    plain = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert plain["total"]["vectors"]["observation.state"]["max_abs"][2] is None
    assert plain["total"]["pictures"]["c"]["min_psnr_db"] is None


@pytest.mark.parametrize(("amount", "says"), [(0.25, "off by 0.25"), (math.nan, "off by nan")])
def test_an_episode_that_is_off_by_more_than_the_tolerance_is_named(
    report: ReplayReport, amount: float, says: str
) -> None:
    """NaN is within none."""
    push(report, amount)
    [problem] = report.problems(0.1)
    assert problem.startswith(f"episode 8 is {says}")


def test_what_is_just_within_the_tolerance_is_no_problem(report: ReplayReport) -> None:
    """The limit itself is allowed."""
    push(report, 0.25)
    assert list(report.problems(0.25)) == []


def test_another_length_is_a_problem_at_any_tolerance(report: ReplayReport) -> None:
    """The episode ended elsewhere."""
    first, second = report.results
    problems = ReplayReport([replace(first, length=4), second], report.fit).problems(100.0)
    assert list(problems) == ["episode 3 has 4 frames, 6 were recorded"]
