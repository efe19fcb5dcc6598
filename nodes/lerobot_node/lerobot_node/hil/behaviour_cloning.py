"""What people did, as a second teacher of the actor beside the critics' values."""

from typing import Any, ClassVar

import torch
from lerobot.rl.train_rl import TrainRLServerPipelineConfig
from lerobot.utils.constants import ACTION


class BehaviourCloning:
    """Draws the actor's mean towards the actions of demonstrations and interventions.

    Where a block is, and that a hand waits for slow jaws, values that differ by a hundredth from
    action to action tell late; what people did there says it with every row.

    Attributes:
        weight: of the mean squared difference, beside a value; 0 is LeRobot's own loss.
        shown: how many rows at the end of a batch are people's: those of the buffer of
            demonstrations and interventions. 0 goes by each row's own flag.
    """

    weight: ClassVar[float] = 0.0
    shown: ClassVar[int] = 0

    @classmethod
    def set_up(cls, config: TrainRLServerPipelineConfig, weight: float) -> None:
        """Learn from people's actions with this weight, as LeRobot mixes them into a batch."""
        cls.weight = weight
        online = max(1, int(config.batch_size * config.online_ratio))
        cls.shown = 0 if config.dataset is None else config.batch_size - online

    @classmethod
    def loss(cls, means: torch.Tensor, batch: dict[str, Any]) -> torch.Tensor:
        """Return what is added to the actor's loss.

        Args:
            means: of the policy, float32[rows, n], before the tanh.
            batch: LeRobot's; its actions may have the gripper's class behind.
        """
        done, meant = batch[ACTION][:, : means.shape[1]], torch.tanh(means)
        if cls.shown:
            done, meant = done[-cls.shown :], meant[-cls.shown :]
        else:
            flags = (batch.get("complementary_info") or {}).get("is_intervention")
            if flags is None:
                return means.new_zeros(())
            is_shown = flags.reshape(-1) > 0
            if not is_shown.any():
                return means.new_zeros(())
            done, meant = done[is_shown], meant[is_shown]
        return cls.weight * torch.nn.functional.mse_loss(meant, done)
