"""A folded network is the same network."""

from types import SimpleNamespace
from typing import Any

import torch

from lerobot_node.encoder.folding import folded
from lerobot_node.encoder.modeling_timm_trunk import TimmTrunk, TimmTrunkConfig

PICTURE = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def _norms(network: torch.nn.Module) -> list[torch.nn.BatchNorm2d]:
    return [layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d)]


def test_a_trunk_has_the_same_features_without_its_norms() -> None:
    """With statistics that are no longer those it began with; the one that was given stays."""
    torch.manual_seed(0)
    trunk = TimmTrunk(TimmTrunkConfig())
    trunk.train(False)
    for norm in _norms(trunk):
        norm.running_mean.normal_()  # type: ignore[union-attr]
        norm.running_var.uniform_(0.5, 2)  # type: ignore[union-attr]
    count = len(_norms(trunk))
    made: Any = folded(trunk, PICTURE)
    other = torch.rand_like(PICTURE)
    with torch.no_grad():
        expected, found = trunk(other).last_hidden_state, made(other).last_hidden_state
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)
    assert (len(_norms(made)), len(_norms(trunk))) == (0, count)


class _Reordered(torch.nn.Module):
    """Its norm stands behind the convolution and comes before it."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Conv2d(3, 3, 3)
        self.norm = torch.nn.BatchNorm2d(3)
        torch.nn.init.constant_(self.norm.bias, 1.0)

    def forward(self, pictures: torch.Tensor) -> SimpleNamespace:
        return SimpleNamespace(last_hidden_state=self.layer(self.norm(pictures)))


def test_a_network_that_would_change_stays_as_it_is() -> None:
    """What stands beside each other need not follow each other."""
    torch.manual_seed(0)
    network = _Reordered().eval()
    assert folded(network, PICTURE) is network
