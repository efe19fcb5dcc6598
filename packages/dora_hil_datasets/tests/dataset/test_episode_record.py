"""What is known of episodes, as a file."""

import json
import logging
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dora_hil_datasets.dataset.episode_record import (
    FILE,
    EpisodeRecord,
    known,
    read,
    recorded_as,
    to_text,
)

RECORDS = [
    EpisodeRecord(0, 31, seed=7, attempt=2, end_reason="success", success=True, rate_hz=9.98),
    EpisodeRecord(1, 12, seed=8, attempt=3, end_reason="time_limit", interventions=4, late=1),
]


def put(root: Path, content: bytes) -> None:
    """Write the file."""
    (root / FILE).parent.mkdir()
    (root / FILE).write_bytes(content)


@example(RECORDS[0])
@given(
    st.builds(
        EpisodeRecord,
        episode_index=st.just(0),
        length=st.integers(2, 10**6),
        seed=st.integers(-1, 2**63 - 1),
        end_reason=st.text(),
        success=st.booleans(),
        rate_hz=st.floats(0, 1000),
    )
)
def test_any_record_survives_the_file(
    tmp_path_factory: pytest.TempPathFactory, record: EpisodeRecord
) -> None:
    """One line, whatever the text."""
    root = tmp_path_factory.mktemp("root")
    put(root, to_text([record]).encode())
    assert read(root, [record.length]) == [record]


def test_each_line_is_a_json_object() -> None:
    """Other tools may read it."""
    lines = to_text(RECORDS).splitlines()
    assert [json.loads(line)["seed"] for line in lines] == [7, 8]


def test_a_dataset_without_the_file_has_no_records(tmp_path: Path) -> None:
    """LeRobot's own datasets; nothing is warned of."""
    assert read(tmp_path, [31, 12]) == []


@pytest.mark.parametrize("lengths", [[31], [31, 12, 5], [31, 13], [12, 31], []])
def test_records_that_do_not_fit_the_dataset_do_not_count(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, lengths: list[int]
) -> None:
    """LeRobot's tools have changed it; it is said."""
    put(tmp_path, to_text(RECORDS).encode())
    assert read(tmp_path, lengths) == []
    assert "does not fit the dataset's episodes" in caplog.text


@pytest.mark.parametrize(
    "content", [b"{", b"[]\n", b"\xff\xfe\x00", b'{"episode_index": 0}\n', b"\n\n"]
)
def test_a_broken_file_is_said_in_one_line_and_gone_on_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    """The episodes themselves are not lost by it."""
    put(tmp_path, content)
    assert read(tmp_path, [31, 12]) == []
    (warning,) = caplog.records
    assert warning.levelno == logging.WARNING
    assert str(tmp_path / FILE) in warning.getMessage()
    assert "\n" not in warning.getMessage()


def test_keys_of_a_later_version_are_passed_over(tmp_path: Path) -> None:
    """The file outlives the program."""
    put(tmp_path, b'{"episode_index": 0, "length": 31, "mood": "good"}\n')
    assert read(tmp_path, [31]) == [EpisodeRecord(0, 31)]


def test_an_episode_of_which_nothing_is_known_has_no_record() -> None:
    """A line is kept for it, so that those that follow have one."""
    records = [EpisodeRecord(0, 31, repo_id="me/cube"), RECORDS[1]]
    assert [known(records, 0), known(records, 1), known([], 0)] == [None, RECORDS[1], None]


def test_a_datasets_name_is_the_last_one_it_was_recorded_under() -> None:
    """Older files have none."""
    named = [EpisodeRecord(i, 3, repo_id=name) for i, name in enumerate(["me/a", "me/b", ""])]
    assert (recorded_as(named), recorded_as(RECORDS)) == ("me/b", "")
