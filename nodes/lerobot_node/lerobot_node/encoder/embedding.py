"""LeRobot's spatial learned embeddings as a product."""

import torch


def embedded(kernel: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
    """Return float32[batch, channels * n], with LeRobot's numbers in LeRobot's order.

    LeRobot multiplies every feature with every kernel and adds up afterwards: batch x channels x
    height x width x n numbers in between, for the same result. The kernels come first, because a
    product whose last dimension is the batch takes a CPU a third of the time.

    Args:
        kernel: float32[channels, height, width, n], learned.
        features: float32[batch, channels, height, width].
    """
    kernels = kernel.flatten(1, 2).transpose(1, 2)
    maps = features.flatten(2).permute(1, 2, 0)
    # In LeRobot's order in memory too: it decides which numbers a dropout takes.
    return torch.bmm(kernels, maps).permute(2, 0, 1).flatten(1).contiguous()
