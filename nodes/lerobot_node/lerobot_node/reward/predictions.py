"""What a classifier says of every picture of a dataset."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from lerobot.datasets import LeRobotDataset
from numpy.typing import NDArray
from tqdm import tqdm

from dora_hil.errors import UserError
from dora_hil.stream.spec import Columns
from dora_hil_datasets.dataset.pictures import read_pictures
from dora_hil_datasets.dataset.recorded_episode import RecordedEpisode

Probabilities = dict[int, NDArray[np.float32]]
"""Of every picture, by episode: float32[frames]."""


def predict(
    dataset: LeRobotDataset,
    episodes: Sequence[RecordedEpisode],
    probability: Callable[[Columns], float],
) -> Probabilities:
    """Look at every picture of a dataset's opened episodes, as the stage does at a stream's.

    `probability` says how probably pictures show success, 0 to 1; see `RewardClassifier`.

    Raises:
        UserError: a picture cannot be read, or is not what the classifier was trained on.
    """
    total = sum(episode.length for episode in episodes)
    seen: Probabilities = {}
    threads = torch.get_num_threads()
    # A picture at a time gains nothing from more.
    torch.set_num_threads(1)
    try:
        with tqdm(total=total, desc="looking", unit="frame", disable=None) as bar:
            for episode in episodes:
                found = np.empty(episode.length, dtype=np.float32)
                for frame in range(episode.length):
                    pictures = read_pictures(dataset, episode.first_row + frame)
                    found[frame] = probability(pictures)
                    bar.update()
                seen[episode.index] = found
    except UserError as error:
        raise UserError(f"episode {episode.index}, frame {frame}: {error}") from None
    finally:
        torch.set_num_threads(threads)
    return seen
