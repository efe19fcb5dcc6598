"""What a classifier says of every picture of a dataset."""

from collections.abc import Callable
from pathlib import Path

import lamps
import numpy as np
import pytest

from dora_hil.errors import UserError
from dora_hil.stream.spec import Columns
from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.recorded_episode import read_episodes
from lerobot_node.reward.predictions import Probabilities, predict


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record three episodes of five frames."""
    folder = tmp_path_factory.mktemp("lamps") / "data"
    lamps.write(folder, [2, None, 4], length=5)
    return folder


def seen(
    root: Path, probability: Callable[[Columns], float], episodes: list[int] | None = None
) -> Probabilities:
    """Look at some episodes, or all."""
    dataset = LocalDataset(lamps.REPO_ID, root).open(episodes)
    return predict(dataset, read_episodes(dataset), probability)


def test_every_picture_of_every_episode_is_looked_at(root: Path) -> None:
    """In order."""
    found = seen(root, lamps.LampJudge().probability)
    assert list(found) == [0, 1, 2]
    assert (found[0] > 0.5).tolist() == [False, False, True, True, True]
    assert (found[1] > 0.5).sum() == 0
    assert (found[2] > 0.5).tolist() == [False] * 4 + [True]


def test_some_episodes_keep_their_numbers(root: Path) -> None:
    """Of the whole dataset."""
    found = seen(root, lamps.LampJudge().probability, [2])
    assert list(found) == [2]
    assert int(np.argmax(found[2] > 0.5)) == 4


def test_what_cannot_be_looked_at_is_named(root: Path) -> None:
    """By episode and frame."""

    def refuse(columns: Columns) -> float:
        raise UserError("no such camera")

    with pytest.raises(UserError, match="episode 1, frame 0: no such camera"):
        seen(root, refuse, [1])
