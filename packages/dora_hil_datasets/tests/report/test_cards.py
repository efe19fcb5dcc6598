"""What the report shows of one episode."""

from typing import Any

import numpy as np
import pytest

from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.recorded_episode import INTERVENTION, RecordedEpisode
from dora_hil_datasets.report.axes import make_axes
from dora_hil_datasets.report.cards import make_card, short_name
from dora_hil_datasets.report.page import Card, Vector
from dora_hil_datasets.report.ranges import dimension_ranges
from dora_hil_datasets.report.thumbnails import EpisodePictures


def _card(record: EpisodeRecord | None = None, *, names_task: bool = False, **columns: Any) -> Card:
    given = {
        "frame_index": np.arange(4),
        "action": np.array([[0.0, 1.0]] * 4),
        "next.reward": np.array([0.0, 0.0, 0.0, 1.0]),
        "next.success": np.array([False, False, False, True]),
        INTERVENTION: np.array([False, True, True, False]),
    }
    episode = RecordedEpisode(3, 0, 10, ("push",), given | columns, record)
    action = Vector("action", dimension_ranges(["x_m", "y_m"], given["action"]), is_drawn=True)
    pictures = EpisodePictures({})
    axes = make_axes(action.dimensions)
    return make_card(episode, pictures, (), action, axes, longest=8, names_task=names_task)


def test_a_card_shows_where_a_person_drove() -> None:
    """As a share of the frames, and as stretches of them."""
    card = _card()
    assert card.person_share == 0.5
    assert card.person_runs == [(1, 2)]


def test_a_card_has_a_bar_in_percent_of_the_longest_and_a_line_for_each_dimension() -> None:
    """Those of the action, in the order of the features."""
    assert (_card().bar, len(_card().lines)) == (50.0, 2)


def test_what_the_recorder_noted_is_shown_where_there_is_something_to_say() -> None:
    """A missed tick is; none is not, nor a clock that kept the rate within a twentieth."""
    record = EpisodeRecord(3, 4, seed=7, end_reason="success", missed_ticks=2, rate_hz=8.7)
    facts = dict(_card(record).facts)
    assert facts["seed"] == "7"
    assert facts["missed ticks"] == "2"
    assert facts["captured at"] == "8.7 Hz"
    assert "late answers" not in facts
    assert "captured at" not in dict(_card(EpisodeRecord(3, 4, rate_hz=9.9)).facts)


def test_who_drove_is_named_where_it_was_noted() -> None:
    """Without a note only a take-over is known."""
    facts = dict(_card(EpisodeRecord(3, 4, drivers={"hold": 1, "intervention_web": 3})).facts)
    assert facts["a person had the arm"] == "100 %"
    assert facts["driven by"] == "web 75 %, at rest 25 %"
    assert dict(_card(EpisodeRecord(3, 4)).facts)["a person took over"] == "50 %"


@pytest.mark.parametrize(
    ("reason", "shown"),
    [("success", None), ("time_limit", "time limit"), ("operator", "ended by a person")],
)
def test_the_end_reason_is_shown_unless_the_outcome_says_it(reason: str, shown: str | None) -> None:
    """Twice the same word helps nobody."""
    facts = dict(_card(EpisodeRecord(3, 4, end_reason=reason)).facts)
    assert facts.get("end") == shown


@pytest.mark.parametrize("names_task", [True, False])
def test_the_task_is_shown_where_episodes_have_different_ones(*, names_task: bool) -> None:
    """Else it stands at the top of the page once."""
    assert ("task" in dict(_card(names_task=names_task).facts)) == names_task


def test_cameras_have_short_names() -> None:
    """The prefix is the same for all."""
    assert short_name("observation.images.front") == "front"
    assert short_name("observation.image") == "image"
