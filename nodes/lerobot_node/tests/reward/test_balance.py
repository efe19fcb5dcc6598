"""The labels of a dataset."""

from pathlib import Path

import lamps
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lerobot_node.reward.balance import LabelError, Labels, balance, demand_both, read_labels


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record three episodes of eight frames; the second never succeeds."""
    folder = tmp_path_factory.mktemp("lamps") / "data"
    lamps.write(folder, [4, None, 6])
    return folder


def test_a_picture_is_labelled_with_the_reward_of_the_row_that_led_to_it(root: Path) -> None:
    """Not with its own row's, which is of what comes after."""
    labels = read_labels(root)
    assert [int(np.argmax(labels[e])) for e in (0, 2)] == [4, 6]
    assert not labels[1].any()


def test_the_report_counts_frames_and_episodes(root: Path) -> None:
    """Positives, negatives, and both in each episode."""
    first, second = balance(read_labels(root))
    assert "24 frames of 3 episodes: 6 show success (25%), 18 do not" in first
    assert "2 episodes with success, 1 without" in first
    assert second.endswith("4/8, 0/8, 2/8")


@pytest.mark.parametrize(("lit", "only"), [([None, None], "no success"), ([0, 0], "success")])
def test_labels_of_one_kind_are_refused(tmp_path: Path, lit: list[int | None], only: str) -> None:
    """There is nothing to tell apart."""
    labels: Labels = {e: np.full(4, flag is not None) for e, flag in enumerate(lit)}
    with pytest.raises(LabelError, match=f"every frame shows {only}; a"):
        demand_both(labels, tmp_path)


def test_a_dense_reward_is_no_label(root: Path, tmp_path: Path) -> None:
    """Said with the value that was found."""
    (path,) = list((root / "data").rglob("*.parquet"))[:1]
    table = pq.read_table(path)
    at = table.schema.get_field_index("next.reward")
    values = pa.array([0.25] * len(table), table.schema.field(at).type)
    odd = table.set_column(at, table.schema.field(at), values)
    (tmp_path / "data").mkdir()
    pq.write_table(odd, tmp_path / "data" / "file.parquet")
    with pytest.raises(LabelError, match=r"next\.reward is 0\.25 somewhere; labels are 0 and 1"):
        read_labels(tmp_path)


def test_a_dataset_without_rewards_says_so(tmp_path: Path) -> None:
    """By the column's name."""
    with pytest.raises(LabelError, match=r"no column next\.reward"):
        read_labels(tmp_path)
