"""What is to be done, as a body, a config, a dataset and a policy say it."""

from pathlib import Path

import pytest
from small_dataset import Made, write_dataset

from dora_hil.stream.spec import StreamSpec
from dora_hil_datasets.dataset.sentences import (
    read_sentences,
    say_if_recorded_otherwise,
    sentence_for,
)

BODYS = "pick up the cube"
"""The sentence of the fixture `spec`."""


def test_the_sentences_of_a_dataset_are_read_where_lerobot_writes_them(
    written: Path, tmp_path: Path
) -> None:
    """By the recorder, and by LeRobot itself; nothing is read where nothing is."""
    theirs = write_dataset(tmp_path / "theirs", [Made(2)], video=False, bare=True)
    assert read_sentences(written) == ("pick",)
    assert read_sentences(theirs) == ("push the bar",)
    assert read_sentences(tmp_path) == ()


@pytest.mark.parametrize(
    ("task", "recorded", "says"),
    [
        ("pick it", (), ""),
        ("pick it", ("pick it",), ""),
        ("pick it", ("Pick.",), "the dataset has the task 'Pick.', what is recorded now is 'pick"),
    ],
)
def test_a_second_sentence_of_a_recording_is_said(
    caplog: pytest.LogCaptureFixture, task: str, recorded: tuple[str, ...], says: str
) -> None:
    """Where the dataset that is gone on with has another."""
    say_if_recorded_otherwise(task, recorded)
    assert says in caplog.text
    assert bool(says) == bool(caplog.text)


@pytest.mark.parametrize(
    ("wanted", "trained", "told", "says"),
    [
        ("", (), BODYS, ""),
        ("", (BODYS,), BODYS, ""),
        ("", ("Pick.", BODYS), BODYS, ""),
        ("", ("Pick.",), "Pick.", "is told 'Pick.', as in its training; the task of the body"),
        ("Lift.", ("Lift.",), "Lift.", ""),
        ("Lift.", (), "Lift.", ""),
        ("Lift.", ("Pick.",), "Lift.", "is told 'Lift.', the task of the body 'hand_made' is"),
        ("", ("Pick.", "Lift."), BODYS, "it was trained with 'Pick.' or 'Lift.'"),
    ],
)
def test_a_policy_is_told_what_it_was_trained_with_unless_a_person_wants_otherwise(
    spec: StreamSpec,
    caplog: pytest.LogCaptureFixture,
    wanted: str,
    trained: tuple[str, ...],
    told: str,
    says: str,
) -> None:
    """Where training and body differ, both are said."""
    assert sentence_for(wanted, spec, trained) == told
    assert says in caplog.text
    assert bool(says) == bool(caplog.text)


def test_many_sentences_are_said_in_one_line(
    spec: StreamSpec, caplog: pytest.LogCaptureFixture
) -> None:
    """The first three."""
    sentence_for("", spec, tuple("abcde"))
    assert "it was trained with 'a' or 'b' or 'c' and 2 more" in caplog.messages[0]
