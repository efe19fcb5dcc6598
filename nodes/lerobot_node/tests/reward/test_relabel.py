"""Labels from probabilities, and what they change."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from dora_hil_datasets.edit.labels import EpisodeLabels
from lerobot_node.reward.relabel import change, lines, relabelled, report, shown


def labels(success: Sequence[int], *, done: bool = True) -> EpisodeLabels:
    """Return recorded labels; the episode ends terminated or truncated."""
    flags = np.array(success, dtype=np.bool_)
    is_last = np.arange(len(flags)) == len(flags) - 1
    return EpisodeLabels(
        reward=flags.astype(np.float32),
        done=is_last & done,
        truncated=is_last & (not done),
        success=flags,
    )


def flags(*values: int) -> NDArray[np.bool_]:
    """Return pictures that show success."""
    return np.array(values, dtype=np.bool_)


def test_a_run_of_too_few_pictures_counts_for_nothing() -> None:
    """One that reaches the end may go on behind it."""
    seen = np.array([0.9, 0.1, 0.6, 0.7, 0.2, 0.1, 0.8], np.float32)
    assert shown(seen, 0.5, 2).tolist() == [False, False, True, True, False, False, True]
    assert shown(seen, 0.5, 1).sum() == 4
    assert shown(seen, 0.65, 2).tolist() == [False] * 6 + [True]


def test_a_late_button_is_moved_to_the_frame_that_led_to_success() -> None:
    """Picture 3 shows it, so row 2 did it; what follows is left out."""
    new = relabelled(labels([0, 0, 0, 0, 0, 1]), flags(0, 0, 0, 1, 1, 1), reward=1.0, cut=True)
    assert new.success.tolist() == [False, False, True]
    assert new.reward.tolist() == [0.0, 0.0, 1.0]
    assert new.done.tolist() == [False, False, True]
    assert not new.truncated.any()


def test_without_cutting_every_row_keeps_its_place() -> None:
    """The false negatives are gone."""
    new = relabelled(labels([0, 0, 0, 0, 0, 1]), flags(0, 0, 0, 1, 1, 1), reward=2.0, cut=False)
    assert new.reward.tolist() == [0.0, 0.0, 2.0, 2.0, 2.0, 2.0]
    assert new.done.tolist() == [False] * 5 + [True]


def test_what_the_last_row_led_to_no_picture_shows_so_its_label_stands() -> None:
    """An episode that ended at success, as the recorder ends them."""
    new = relabelled(labels([0, 0, 0, 1]), flags(0, 0, 0, 0), reward=1.0, cut=True)
    assert new.success.tolist() == [False, False, False, True]
    assert new.done[-1]


def test_a_success_that_no_picture_shows_is_taken_back() -> None:
    """The episode then ended without one: truncated, not terminated."""
    new = relabelled(labels([0, 1, 1, 0], done=False), flags(0, 0, 0, 0), reward=1.0, cut=True)
    assert not new.success.any()
    taken_back = relabelled(labels([0, 0, 1, 1]), flags(0, 1, 0, 0), reward=1.0, cut=False)
    assert taken_back.success.tolist() == [True, False, False, False]
    assert (taken_back.done[-1], taken_back.truncated[-1]) == (False, True)


def test_the_report_says_by_how_much_the_onset_moved() -> None:
    """Of each episode and of all; found and lost successes stand apart."""
    late = labels([0, 0, 0, 0, 0, 1])
    never = labels([0, 0, 0, 0], done=False)
    wrong = labels([0, 1, 1, 1])
    changes = [
        change(0, late, relabelled(late, flags(0, 0, 1, 1, 1, 1), reward=1.0, cut=True)),
        change(1, never, relabelled(never, flags(0, 0, 1, 1), reward=1.0, cut=True)),
        change(2, wrong, relabelled(wrong, flags(0, 0, 0, 0), reward=1.0, cut=False)),
    ]
    told = report(changes)
    assert told["onset_moved_frames"] == {"episodes": 2, "median": -1.0, "min": -4, "max": 2}
    assert (told["labels_changed"], told["frames_cut"]) == (1 + 1 + 2, 4 + 2)
    assert (told["success_found"], told["success_lost"]) == ([1], [])
    assert told["by_episode"][0]["onset_moved"] == -4
    said = list(lines(changes))
    assert said[0] == "3 episodes: 4 labels changed, 6 frames cut behind the success"
    assert said[1].startswith("the onset of success moved by -1 frames in the median (-4 to +2")
    assert said[2] == "success found in episode(s) 1"


def test_a_dataset_whose_success_is_gone_says_in_which_episodes() -> None:
    """A recorded one that no picture shows."""
    early = labels([0, 1, 0, 0], done=False)
    gone = change(7, early, relabelled(early, flags(0, 0, 0, 0), reward=1.0, cut=True))
    assert report([gone])["success_lost"] == [7]
    assert list(lines([gone]))[-1] == "success no longer in episode(s) 7"
    assert report([gone])["onset_moved_frames"]["median"] is None


@pytest.mark.parametrize("cut", [True, False])
def test_right_labels_change_nothing(cut: bool) -> None:
    """Relabelling twice is relabelling once."""
    old = labels([0, 0, 0, 1])
    new = relabelled(old, flags(0, 0, 0, 0), reward=1.0, cut=cut)
    assert change(0, old, new).changed == 0
    np.testing.assert_array_equal(new.done, old.done)
