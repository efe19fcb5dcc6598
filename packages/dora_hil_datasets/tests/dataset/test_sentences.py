"""What is to be done, as a body, a config, a dataset and a policy say it."""

from pathlib import Path

import pytest
from small_dataset import Made, write_dataset

from dora_hil.stream.spec import StreamSpec
from dora_hil_datasets.dataset.sentences import (
    read_sentences,
    say_if_recorded_otherwise,
    say_if_trained_otherwise,
)


def test_the_sentences_of_a_dataset_are_read_where_lerobot_writes_them(
    written: Path, tmp_path: Path
) -> None:
    """By the recorder, and by LeRobot itself; nothing is read where nothing is."""
    theirs = write_dataset(tmp_path / "theirs", [Made(2)], video=False, bare=True)
    assert read_sentences(written) == ("pick",)
    assert read_sentences(theirs) == ("push the bar",)
    assert read_sentences(tmp_path) == ()


@pytest.mark.parametrize(
    ("wanted", "recorded", "says"),
    [
        ("", (), ""),
        ("pick up the cube", ("pick up the cube",), ""),
        ("Pick it.", (), "dataset.single_task is 'Pick it.', the task of the body 'hand_made' is"),
        ("", ("Pick it.",), "the dataset has the task 'Pick it.', what is recorded now is 'pick"),
    ],
)
def test_a_second_sentence_of_a_recording_is_said(
    spec: StreamSpec,
    caplog: pytest.LogCaptureFixture,
    wanted: str,
    recorded: tuple[str, ...],
    says: str,
) -> None:
    """Of the config, or of the dataset that is gone on with; the same one is not."""
    say_if_recorded_otherwise(wanted, spec, recorded)
    assert says in caplog.text
    assert bool(says) == bool(caplog.text)


def test_many_sentences_are_said_in_one_line(
    spec: StreamSpec, caplog: pytest.LogCaptureFixture
) -> None:
    """The first three."""
    say_if_trained_otherwise(spec, tuple("abcde"))
    assert caplog.messages[0].endswith("it was trained with 'a' or 'b' or 'c' and 2 more")
