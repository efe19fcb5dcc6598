"""From which picture on an episode shows success."""

import numpy as np
import pytest

from dora_hil_datasets.edit.labels import EpisodeLabels
from dora_hil_datasets.label.onsets import (
    OnsetError,
    check_onset,
    parse_onsets,
    recorded_onset,
    with_onset,
)

LENGTHS = {0: 5, 1: 3}


def labels(rows: int) -> EpisodeLabels:
    """Return labels of an episode without success."""
    return EpisodeLabels.recorded({"frame_index": np.arange(rows)})


def test_words_name_episodes_and_pictures() -> None:
    """Or none."""
    assert parse_onsets("0=17, 3=none") == {0: 17, 3: None}
    assert parse_onsets("") == {}


@pytest.mark.parametrize("text", ["0", "0=", "a=1", "0=x", "0:1"])
def test_other_words_are_refused_with_an_example(text: str) -> None:
    """The word that was meant, and what is accepted."""
    with pytest.raises(OnsetError, match="expected EPISODE=FRAME or EPISODE=none, such as"):
        parse_onsets(text)


@pytest.mark.parametrize(("episode", "onset"), [(2, 1), (-1, None), (1, 0), (1, 4), (0, 6)])
def test_what_an_episode_cannot_have_is_refused(episode: int, onset: int | None) -> None:
    """Another episode, its first picture, one behind its end."""
    with pytest.raises(OnsetError):
        check_onset(episode, onset, LENGTHS)


@pytest.mark.parametrize(("episode", "onset"), [(0, 1), (0, 5), (1, 3), (1, None)])
def test_any_picture_but_the_first_may_show_success(episode: int, onset: int | None) -> None:
    """And the one behind the last row, which the last action led to."""
    check_onset(episode, onset, LENGTHS)


def test_the_row_that_led_to_the_picture_is_the_first_success() -> None:
    """Until the end, which then terminates."""
    made = with_onset(labels(5), 3)
    assert made.success.tolist() == [False, False, True, True, True]
    assert made.reward.tolist() == [0.0, 0.0, 1.0, 1.0, 1.0]
    assert made.done.tolist() == [False] * 4 + [True]
    assert not made.truncated.any()


def test_an_episode_without_success_was_cut_short() -> None:
    """Truncated, not terminated."""
    made = with_onset(with_onset(labels(4), 2), None)
    assert not made.success.any()
    assert (made.done[-1], made.truncated[-1]) == (False, True)


@pytest.mark.parametrize("onset", [1, 3, 5, None])
def test_what_is_written_is_what_is_read(onset: int | None) -> None:
    """There and back."""
    assert recorded_onset(with_onset(labels(5), onset)) == onset
