"""What of a corrected attempt is learned from."""

import numpy as np
import pytest

from dora_hil_datasets.dataset.recorded_episode import INTERVENTION, RecordedEpisode
from lerobot_node.improve.learn import Learn
from lerobot_node.improve.lessons import Choice


def attempt(who: str, *, success: bool = True) -> RecordedEpisode:
    """Return an attempt: a letter a row, p the policy's, h the human's."""
    flags = np.array([letter == "h" for letter in who])
    solved = np.arange(len(who)) == len(who) - 1
    return RecordedEpisode(
        0,
        0,
        10,
        ("pick",),
        {
            "frame_index": np.arange(len(who)),
            INTERVENTION: flags,
            "next.success": solved & success,
        },
    )


@pytest.mark.parametrize(
    ("learn", "who", "success", "lessons"),
    [
        (Learn.CORRECTIONS, "pppphhhppphh", True, [(4, 7), (10, 12)]),
        (Learn.CORRECTIONS, "pppphhhpph", True, [(4, 7)]),
        (Learn.CORRECTIONS, "hhhh", False, [(0, 4)]),
        (Learn.ATTEMPTS, "pppphhhppp", True, [(0, 10)]),
        (Learn.ATTEMPTS, "pppphhhppp", False, []),
        (Learn.RECOVERIES, "pppphhhppp", True, [(0, 2), (4, 10)]),
        (Learn.RECOVERIES, "pppphhhppp", False, [(0, 2), (4, 7)]),
        (Learn.RECOVERIES, "pphhphhp", True, [(2, 4), (5, 8)]),
    ],
)
def test_rows_of_an_attempt_become_lessons(
    learn: Learn, who: str, success: bool, lessons: list[tuple[int, int]]
) -> None:
    """Where two rows led into a takeover; a single row is no lesson."""
    found = Choice(learn, lead_frames=2, weight=1).of(attempt(who, success=success))
    assert [(rows.start, rows.stop) for rows in found] == lessons


@pytest.mark.parametrize("learn", list(Learn))
def test_of_what_nobody_corrected_nothing_is_learned(learn: Learn) -> None:
    """The policy can do that already, or nobody has shown how it is done."""
    assert not list(Choice(learn, 2, 1).of(attempt("pppppp")))


def test_a_dataset_that_does_not_say_who_drove_has_no_lessons() -> None:
    """Another program's, for instance."""
    episode = RecordedEpisode(0, 0, 10, (), {"frame_index": np.arange(4)})
    assert not list(Choice(Learn.CORRECTIONS, 2, 1).of(episode))
