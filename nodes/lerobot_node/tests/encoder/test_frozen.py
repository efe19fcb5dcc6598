"""Pictures that are encoded once."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from lerobot.policies import make_policy, make_pre_post_processors

from lerobot_node.encoder.frozen import FrozenEncoder, is_frozen

CAMERAS = ("observation.images.front", "observation.images.wrist")


def pictures(count: int = 3) -> dict[str, torch.Tensor]:
    """Return some of two cameras."""
    made = torch.Generator().manual_seed(0)
    return {key: torch.rand(count, 3, 128, 128, generator=made) for key in CAMERAS}


def test_features_are_what_lerobot_computes_from_the_pictures(
    configured: Callable[..., Any], encoder: FrozenEncoder
) -> None:
    """To the rounding of float16; each camera's apart."""
    config = configured()
    stock = make_policy(cfg=config.policy, env_cfg=config.env).eval()
    normalise, _ = make_pre_post_processors(
        policy_cfg=config.policy, dataset_stats=config.policy.dataset_stats
    )
    with torch.no_grad():
        expected = stock.actor.encoder.get_cached_image_features(
            normalise.process_observation(pictures())
        )
    found = encoder.encode(pictures())
    for camera in CAMERAS:
        features = found[encoder.stored[camera]]
        assert features.dtype == torch.float16
        assert features.shape[1:] == encoder.shapes[encoder.stored[camera]] == (80, 8, 8)
        torch.testing.assert_close(features.float(), expected[camera], rtol=1e-3, atol=1e-3)


def test_an_observation_is_encoded_once(encoder: FrozenEncoder) -> None:
    """Whether the actor answers it, or a transition begins or ends with it."""
    calls: list[int] = []
    encoder._network.register_forward_hook(lambda *_: calls.append(1))
    first, second = (
        {key: np.full((128, 128, 3), grey, np.uint8) for key in CAMERAS} for grey in (10, 200)
    )
    before, after = encoder.look(first), encoder.look(second)
    assert encoder.look(first) is before
    assert encoder.look(second) is after
    assert len(calls) == 2


def test_stored_names_tell_encoders_apart(
    configured: Callable[..., Any], encoder: FrozenEncoder
) -> None:
    """By their weights and by the normaliser before them, not by the name of a folder."""
    policy = configured().policy
    assert FrozenEncoder.of_policy(policy).stored == encoder.stored
    policy.dataset_stats[CAMERAS[0]]["mean"] = [0.5, 0.5, 0.5]
    assert FrozenEncoder.of_policy(policy).stored != encoder.stored


@pytest.mark.parametrize(
    ("words", "frozen"),
    [
        ((), True),
        (("--policy.freeze_vision_encoder=false",), False),
        (("--policy.vision_encoder_name=null", "--policy.freeze_vision_encoder=false"), False),
    ],
)
def test_only_a_pretrained_encoder_that_is_not_trained_is_frozen(
    configured: Callable[..., Any], words: tuple[str, ...], frozen: bool
) -> None:
    """Features of a picture would not stay what they are otherwise."""
    assert is_frozen(configured(*words).policy) is frozen


def test_features_that_came_with_an_observation_are_not_made_again(encoder: FrozenEncoder) -> None:
    """Of the cameras that somebody has looked at before; the others are."""
    seen = {key: np.full((128, 128, 3), 90, np.uint8) for key in CAMERAS}
    made = encoder.look(seen)
    calls: list[int] = []
    encoder._network.register_forward_hook(lambda _net, given, _out: calls.append(len(given[0])))
    travelled = encoder.columns(made)
    assert all(torch.equal(encoder.look({**seen, **travelled})[key], made[key]) for key in made)
    assert not calls
    name = encoder.stored[CAMERAS[0]]
    found = encoder.look({**seen, name: travelled[name]})
    assert set(found) == set(made)
    assert calls == [1]
