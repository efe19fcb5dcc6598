"""LeRobot's SAC on stored features, beside LeRobot's SAC on pictures."""

import copy
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lerobot.policies import make_policy
from lerobot.policies.gaussian_actor.modeling_gaussian_actor import SpatialLearnedEmbeddings
from lerobot.rl.algorithms.factory import make_algorithm

from lerobot_node.encoder import stored_features
from lerobot_node.encoder.frozen import FrozenEncoder
from lerobot_node.hil import lean_updates
from lerobot_node.hil.learning_policy import LearningPolicy
from lerobot_node.policy.checkpoint import Checkpoint
from lerobot_node.policy.runner import PolicyRunner

CAMERAS = ("observation.images.front", "observation.images.wrist")
BATCH = 2


def be_stock() -> None:
    """Take the exchange back."""
    stored_features.EXCHANGE.undo()
    lean_updates.EXCHANGE.undo()


@pytest.fixture(autouse=True)
def stock_again() -> Iterator[None]:
    """Begin and end with LeRobot's own functions."""
    be_stock()
    yield
    be_stock()


def observations(made: torch.Generator) -> dict[str, torch.Tensor]:
    """Return a batch of them, normalised already."""
    seen = {key: torch.randn(BATCH, 3, 128, 128, generator=made) for key in CAMERAS}
    return {**seen, "observation.state": torch.randn(BATCH, 8, generator=made)}


def batch() -> dict[str, Any]:
    """Return what a buffer would give."""
    made = torch.Generator().manual_seed(1)
    actions = torch.rand(BATCH, 4, generator=made) * 2 - 1
    actions[:, -1] = torch.randint(0, 3, (BATCH,), generator=made)
    return {
        "state": observations(made),
        "next_state": observations(made),
        "action": actions,
        "reward": torch.rand(BATCH, generator=made),
        "done": torch.zeros(BATCH),
        "complementary_info": {"discrete_penalty": torch.zeros(BATCH)},
    }


def test_an_update_from_features_is_lerobots_update_from_pictures(
    configured: Callable[..., Any],
) -> None:
    """Losses and every weight, after critics, gripper, actor, temperature and targets."""
    config = configured("--seed=1")
    torch.manual_seed(1)
    policy = make_policy(cfg=config.policy, env_cfg=config.env)
    stock = make_algorithm(cfg=config.algorithm, policy=policy)
    ours = copy.deepcopy(stock)
    for algorithm in (stock, ours):
        # Adam makes a whole step of a rounding error where a gradient is almost zero.
        algorithm.optimizers = {
            name: torch.optim.SGD(adam.param_groups[0]["params"], lr=0.01)
            for name, adam in algorithm.make_optimizers_and_scheduler().items()
        }
    # In LeRobot's learner the batch norms of a frozen encoder go on learning.
    policy.encoder_critic.image_encoder.eval()
    pictures, stored = batch(), batch()
    names = FrozenEncoder.of_policy(config.policy).stored
    with torch.no_grad():
        for part in ("state", "next_state"):
            features = policy.actor.encoder.get_cached_image_features(stored[part])
            for camera in CAMERAS:
                del stored[part][camera]
                stored[part][names[camera]] = features[camera]

    torch.nn.Dropout.forward = lean_updates.dropped  # type: ignore[method-assign, assignment]
    lean_updates.pools.clear()
    torch.manual_seed(2)
    expected = stock.update(iter([pictures, pictures]))
    stored_features.EXCHANGE.make()
    lean_updates.EXCHANGE.make()
    lean_updates.pools.clear()
    torch.manual_seed(2)
    found = ours.update(iter([stored, stored]))

    assert found.losses == pytest.approx(expected.losses, rel=1e-4)
    for theirs, own in ((stock.policy, ours.policy), (stock, ours)):
        pairs = zip(theirs.state_dict().items(), own.state_dict().values(), strict=True)
        for (name, wanted), has in pairs:
            torch.testing.assert_close(has, wanted, rtol=1e-4, atol=1e-6, msg=name)


def test_pictures_are_encoded_where_nothing_is_stored(configured: Callable[..., Any]) -> None:
    """An evaluation in the same process goes on as it did."""
    config = configured()
    policy = make_policy(cfg=config.policy, env_cfg=config.env).eval()
    seen = observations(torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = policy.actor.encoder.get_cached_image_features(seen)
        stored_features.EXCHANGE.make()
        found = policy.actor.encoder.get_cached_image_features(seen)
    for camera in CAMERAS:
        assert torch.equal(found[camera], expected[camera])


def test_spatial_embeddings_are_lerobots() -> None:
    """As a product, with its numbers in its order."""
    embedding = SpatialLearnedEmbeddings(height=3, width=5, channel=7, num_features=4)
    features = torch.randn(2, 7, 3, 5)
    expected = embedding(features)
    stored_features.EXCHANGE.make()
    torch.testing.assert_close(embedding(features), expected)


def test_a_checkpoint_is_lerobots_and_acts_as_it_did(
    configured: Callable[..., Any], tmp_path: Path
) -> None:
    """Loaded by LeRobot's classes, from pictures, on a machine without the encoder's folder."""
    folder = tmp_path / "efficientnet_lite0"
    acting = LearningPolicy(configured(f"--policy.vision_encoder_name={folder}"))
    for part in (acting._policy, acting._preprocess, acting._postprocess):
        part.save_pretrained(tmp_path / "policy")
    rng = np.random.default_rng(0)
    seen = {key: rng.integers(0, 256, (128, 128, 3), np.uint8) for key in CAMERAS}
    seen["observation.state"] = rng.random(8, np.float32)
    means: list[torch.Tensor] = []
    acting._policy.actor.register_forward_hook(lambda *out: means.append(out[2][2]))
    acting.act(seen)

    shutil.rmtree(folder)
    be_stock()
    evaluated = PolicyRunner(Checkpoint.find(str(tmp_path / "policy")), {})
    evaluated._policy.actor.register_forward_hook(lambda *out: means.append(out[2][2]))
    evaluated.act(seen, "")
    # The one from features was rounded to float16.
    torch.testing.assert_close(means[1], means[0], rtol=1e-2, atol=1e-2)
