"""How good a classifier is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lerobot_node.reward.score import (
    Onsets,
    Roc,
    calibrate,
    count_frames,
    lines,
    report,
    shares,
    worst,
)

LABELS = {
    0: np.array([0, 0, 0, 1, 1, 1], np.bool_),
    1: np.array([0, 0, 1, 1], np.bool_),
    2: np.array([0, 0, 0, 0], np.bool_),
}
SEEN = {
    0: np.array([0.0, 0.1, 0.4, 0.9, 0.9, 0.9], np.float32),
    1: np.array([0.0, 0.1, 0.3, 0.6], np.float32),
    2: np.array([0.0, 0.8, 0.1, 0.0], np.float32),
}


def test_frames_are_counted_by_what_they_show_and_what_was_said() -> None:
    """And shared out."""
    counts = count_frames(np.array([1, 1, 1, 0, 0], bool), np.array([1, 1, 0, 1, 0], bool))
    assert counts == {
        "true_positives": 2,
        "false_positives": 1,
        "true_negatives": 1,
        "false_negatives": 1,
    }
    assert shares(counts) == {"accuracy": 0.6, "precision": 0.6667, "recall": 0.6667}


def test_a_share_of_nothing_is_not_made_up() -> None:
    """No frame was called success: there is no precision."""
    counts = count_frames(np.array([0, 0], bool), np.array([0, 0], bool))
    assert shares(counts) == {"accuracy": 1.0, "precision": None, "recall": None}


def test_an_onset_is_found_as_the_stage_finds_it() -> None:
    """At the last frame of the run; a false alarm is one in an episode without success."""
    onsets = Onsets.find(LABELS, SEEN, 0.5, 1)
    assert (onsets.off_by, onsets.missed) == ((0, 1), ())
    assert (onsets.failed, onsets.false_alarms, onsets.right) == (1, (2,), 1.0)
    slower = Onsets.find(LABELS, SEEN, 0.5, 2)
    assert (slower.off_by, slower.missed, slower.false_alarms) == ((1,), (1,), ())
    assert slower.right == 0.5


def test_the_area_below_a_perfect_curve_is_1_and_below_a_reversed_one_0() -> None:
    """And a half where all probabilities are equal."""
    labels = np.array([0, 0, 1, 1], np.bool_)
    assert Roc.of(labels, np.array([0.1, 0.2, 0.8, 0.9], np.float32)).area == 1.0
    assert Roc.of(labels, np.array([0.9, 0.8, 0.2, 0.1], np.float32)).area == 0.0
    assert Roc.of(labels, np.full(4, 0.3, np.float32)).area == 0.5


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, 1, width=32)), min_size=2, max_size=40).filter(
        lambda pairs: len({label for label, _ in pairs}) == 2
    )
)
def test_the_area_is_the_chance_that_a_success_gets_more_than_a_failure(
    pairs: list[tuple[bool, float]],
) -> None:
    """Mann and Whitney's count, ties by half."""
    labels = np.array([label for label, _ in pairs])
    seen = np.array([value for _, value in pairs], np.float32)
    positive, negative = seen[labels][:, None], seen[~labels][None]
    wins = (positive > negative).mean() + 0.5 * (positive == negative).mean()
    assert Roc.of(labels, seen).area == pytest.approx(wins)


def test_the_threshold_is_the_middle_of_those_that_do_best() -> None:
    """Far from the ones that do worse on either side."""
    seen = {
        0: np.array([0.0, 0.1, 0.2, 0.9, 0.9, 0.9], np.float32),
        1: np.array([0.0, 0.1, 0.8, 0.9], np.float32),
        2: np.array([0.0, 0.3, 0.1, 0.0], np.float32),
    }
    assert calibrate(LABELS, seen, 1) == pytest.approx(0.55, abs=0.01)


def test_a_false_alarm_weighs_as_much_as_an_onset() -> None:
    """A threshold that avoids it is better, though a frame more is missed."""
    seen = {**SEEN, 1: np.array([0.0, 0.1, 0.7, 0.9], np.float32)}
    assert 0.8 < calibrate(LABELS, seen, 1) < 0.9


def test_the_report_has_every_figure() -> None:
    """As JSON and in words."""
    told = report(LABELS, SEEN, 0.5, 1)
    assert (told["frames"], told["episodes"], told["threshold"]) == (14, 3, 0.5)
    assert told["confusion"]["false_negatives"] == 1
    assert told["onset"]["false_alarms"] == [2]
    first, second = lines(told)
    assert "14 frames of 3 episodes, threshold 0.5: accuracy 85.7 %" in first
    assert "in 100.0 % of 2 episodes with success, and said before it in 0;" in second
    assert "false alarms in 1 of 1" in second


def test_the_worst_mistakes_come_first() -> None:
    """With what was said; frames on the right side of a half are none."""
    found = worst(LABELS, SEEN, 5)
    assert [(e, f, label) for e, f, label, _ in found] == [(2, 1, False), (1, 2, True)]
    assert found[0][3] == pytest.approx(0.8)
