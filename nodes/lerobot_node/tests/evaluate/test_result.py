"""What an evaluation comes to."""

import json
from dataclasses import replace
from typing import Any

import pytest

from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from lerobot_node.evaluate.result import Evaluation, is_assisted

ABOUT = {"policy": {"path": "outputs/train/act", "type": "act"}, "body": "gym_hil"}


def episodes(*changes: dict[str, Any]) -> list[EpisodeRecord]:
    """Return successes of ten steps, changed."""
    solved = EpisodeRecord(0, 10, seed=1000, end_reason="success", success=True)
    return [
        replace(solved, episode_index=index, seed=1000 + index, **changed)
        for index, changed in enumerate(changes)
    ]


def failed(end_reason: str, **fields: Any) -> dict[str, Any]:
    """Describe an episode that failed."""
    return {"success": False, "end_reason": end_reason, **fields}


def evaluation(*changes: dict[str, Any], inference_s: tuple[float, ...] = ()) -> Evaluation:
    """Return an evaluation of these episodes."""
    records = episodes(*changes)
    return Evaluation(ABOUT, [record.seed for record in records], records, inference_s)


def test_the_success_rate_has_its_interval() -> None:
    """Three of four; the interval is Wilson's."""
    summary = evaluation({}, {}, {}, failed("time_limit")).summary()
    assert (summary["counted"], summary["successes"], summary["success_rate"]) == (4, 3, 0.75)
    assert summary["wilson_95"] == pytest.approx([0.3006, 0.9544], abs=5e-5)


@pytest.mark.parametrize("helped", [{"interventions": 1}, {"end_reason": "operator"}])
@pytest.mark.parametrize("success", [True, False])
def test_an_episode_with_a_persons_help_is_left_out(helped: dict[str, Any], success: bool) -> None:
    """Whatever came of it; how many is said."""
    summary = evaluation({}, failed("time_limit"), {"success": success, **helped}).summary()
    assert (summary["episodes"], summary["counted"]) == (3, 2)
    assert (summary["left_out_for_interventions"], summary["success_rate"]) == (1, 0.5)
    assert summary["failures"] == {"time_limit": 1}


def test_a_persons_verdict_alone_is_no_help() -> None:
    """A robot has nobody else to say how it went."""
    said = episodes(failed("failure"), {"end_reason": "success"})
    assert not any(is_assisted(record) for record in said)


def test_failures_are_counted_by_their_kind() -> None:
    """The most frequent first."""
    out = failed("out_of_bounds")
    summary = evaluation(failed("time_limit"), {}, out, out).summary()
    assert list(summary["failures"].items()) == [("out_of_bounds", 2), ("time_limit", 1)]


def test_steps_to_success_are_those_of_the_successes_alone() -> None:
    """A failure's length is the time limit; an assisted success is the person's."""
    summary = evaluation(
        {"length": 10}, {"length": 20}, failed("time_limit", length=100), {"interventions": 3}
    ).summary()
    assert summary["steps_to_success"] == {"mean": 15, "std": 5.0, "min": 10, "max": 20}


def test_inference_has_its_percentiles_in_milliseconds() -> None:
    """Over every time that the network ran."""
    times_s = tuple(i / 1000 for i in range(1, 102))
    inference = evaluation({}, inference_s=times_s).summary()["inference_ms"]
    assert inference == pytest.approx({"count": 101, "p50": 51, "p95": 96, "max": 101})


def test_what_went_wrong_on_the_way_is_counted_over_all_episodes() -> None:
    """Those with a person's help included: it is the machine's, not the policy's."""
    summary = evaluation(
        {"missed_ticks": 2, "late": 1}, {"late": 4, "safety": 5, "interventions": 1}
    ).summary()
    assert (summary["missed_ticks"], summary["late"], summary["safety"]) == (2, 5, 5)


def test_an_evaluation_that_was_cut_off_says_how_many_were_wanted() -> None:
    """Two of fifty are no fifty."""
    records = episodes({}, {})
    summary = Evaluation(ABOUT, range(1000, 1050), records, ()).summary()
    assert (summary["episodes"], summary["wanted"]) == (2, 50)


@pytest.mark.parametrize("changes", [[], [{"interventions": 1}]])
def test_json_without_a_counted_episode_has_null_and_no_nan(changes: list[dict[str, Any]]) -> None:
    """JSON knows no NaN."""
    text = json.dumps(evaluation(*changes).to_json(), allow_nan=False)
    summary = json.loads(text)["summary"]
    assert (summary["success_rate"], summary["wilson_95"]) == (None, None)
    assert set(summary["steps_to_success"].values()) == {None}
    assert summary["inference_ms"] == {"count": 0, "p50": None, "p95": None, "max": None}


def test_json_has_what_was_evaluated_and_every_episode() -> None:
    """So that a figure can be traced to its seed."""
    plain = json.loads(json.dumps(evaluation({}, failed("time_limit")).to_json()))
    assert plain["policy"] == ABOUT["policy"]
    assert plain["seeds"] == [1000, 1001]
    assert [(e["seed"], e["success"], e["end_reason"]) for e in plain["episodes"]] == [
        (1000, True, "success"),
        (1001, False, "time_limit"),
    ]


def test_the_figures_are_said_in_words() -> None:
    """For a terminal."""
    changes = [{"length": 10}, {"length": 20}, failed("time_limit"), {"interventions": 1}]
    lines = list(evaluation(*changes, inference_s=(0.01, 0.02)).lines())
    assert lines == [
        "success 67%: 2 of 3 episodes, 95 % interval 21% to 94% (Wilson)",
        "steps to success: 15.0 \u00b1 5.0, 10 to 20",
        "failures: time_limit 1",
        "left out, because a person had a hand in it: 1 episode(s); counted as failures: 50%, "
        "2 of 4",
        "inference: p50 15.0 ms, p95 19.5 ms, max 20.0 ms, 2 times",
        "missed ticks: 0, late answers: 0, steps in which the safety layer stepped in: 0",
    ]


def test_figures_that_there_are_none_of_are_not_said() -> None:
    """No rate of nothing."""
    [line] = evaluation().lines()
    assert line.startswith("missed ticks: 0")


def test_the_table_has_an_aligned_row_for_each_episode() -> None:
    """With its seed, what came of it, and who drove."""
    head, *rows = evaluation(
        {}, failed("time_limit", length=100, interventions=12, missed_ticks=3, late=4)
    ).table()
    assert [row.split() for row in rows] == [
        ["0", "1000", "success", "10", "0", "0", "0"],
        ["1", "1001", "time_limit", "100", "12", "3", "4"],
    ]
    assert head.split("  ")[0] == "episode"
    assert head.index("steps") == rows[0].index("10 ", 12) == rows[1].index("100 ", 12)
