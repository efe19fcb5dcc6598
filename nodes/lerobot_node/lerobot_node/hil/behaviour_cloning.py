"""What people did, as a second teacher of the actor beside the critics' values."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from lerobot.utils.constants import ACTION
from numpy.typing import NDArray

from dora_hil_datasets.dataset.existing import read_existing
from dora_hil_datasets.dataset.recorded_episode import read_episodes
from lerobot_node.hil.transitions import SHOWN


class BehaviourCloning:
    """Draws the actor's mean towards the actions of demonstrations and interventions.

    Where a block is, and that a hand waits for slow jaws, values that differ by a hundredth from
    action to action tell late; what people did there says it with every row.

    Attributes:
        weight: of the mean squared difference, beside a value; 0 is LeRobot's own loss.
    """

    weight: ClassVar[float] = 0.0

    @classmethod
    def loss(cls, means: torch.Tensor, batch: dict[str, Any]) -> torch.Tensor:
        """Return what is added to the actor's loss.

        Args:
            means: of the policy, float32[rows, n], before the tanh.
            batch: LeRobot's; its actions may have the gripper's class behind. None of `SHOWN` is of
                nobody.
        """
        flags = batch[SHOWN]
        if flags is None or not (is_shown := flags.reshape(-1) > 0).any():
            return means.new_zeros(())
        done, meant = batch[ACTION][is_shown, : means.shape[1]], torch.tanh(means[is_shown])
        return cls.weight * torch.nn.functional.mse_loss(meant, done)


def driven_by_people(dataset: Any) -> NDArray[np.bool_]:
    """Return bool[frames] of an opened dataset: a person drove.

    Where nothing says who drove in an episode it was recorded by hand, as LeRobot's are; an
    evaluation's says so, with what the policy did.
    """
    records = read_existing(Path(dataset.root)).records
    flags = []
    for episode in read_episodes(dataset, records):
        driven = episode.by_person
        if driven is None or not (driven.any() or episode.drivers):
            driven = np.ones(episode.length, np.bool_)
        flags.append(driven)
    return np.concatenate(flags)
