"""The policy that learns, with LeRobot's own network."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lerobot.policies.utils import log_model_loading_keys
from safetensors.torch import load_model, save_model

from dora_hil.config import ConfigError
from dora_hil.logs import LibraryFilter
from dora_hil.stream.spec import Columns
from lerobot_node.hil.learning_policy import LearningPolicy, ObservationError, WeightsError
from lerobot_node.hil.train_config import load

CONFIG = Path(__file__).parents[4] / "configs/train_gym_hil_state.json"
SEEN = {"observation.state": np.full(14, 0.1, np.float32)}


def policy(*words: str) -> LearningPolicy:
    """Build the shipped one."""
    return LearningPolicy(load(CONFIG, words))


def weights_of(made: LearningPolicy) -> dict[str, Any]:
    """Return what a learner would send for it."""
    weights: dict[str, Any] = made._algorithm.get_weights()
    return weights


def test_an_action_is_three_deltas_and_a_gripper_of_three_classes() -> None:
    """In [-1, 1], and 0 close, 1 stay, 2 open."""
    made = policy()
    actions = np.array([made.act(SEEN) for _ in range(20)])
    assert actions.shape == (20, 4)
    assert np.abs(actions[:, :3]).max() <= 1
    assert set(actions[:, 3]) <= {0.0, 1.0, 2.0}
    assert len(made.latencies_s) == 20


def test_weights_are_exchanged_and_counted() -> None:
    """Another seed's policy acts differently until it has the same weights."""
    made, other = policy("--seed=1"), policy("--seed=2")
    assert made.loaded_s is None
    made.load(weights_of(other))
    assert made.updates == 1
    assert made.loaded_s is not None
    for mine, its in zip(
        weights_of(made)["policy"].values(), weights_of(other)["policy"].values(), strict=True
    ):
        assert torch.equal(mine, its)


def test_weights_of_a_diverged_training_are_not_taken(caplog: pytest.LogCaptureFixture) -> None:
    """The robot goes on with the ones it has."""
    made = policy()
    spoilt = weights_of(policy("--seed=2"))
    name = next(iter(spoilt["policy"]))
    spoilt["policy"][name] = torch.full_like(spoilt["policy"][name], float("nan"))
    with caplog.at_level(logging.ERROR):
        made.load(spoilt)
    assert made.updates == 0
    assert "not finite" in caplog.records[-1].getMessage()
    assert np.isfinite(made.act(SEEN)).all()


def test_weights_of_another_config_end_the_run_with_one_line() -> None:
    """Nothing that is learned there will ever be of use here."""
    other = weights_of(policy("--policy.latent_dim=32"))
    with pytest.raises(WeightsError, match=r"need the same config.*size mismatch"):
        policy().load(other)


def test_a_policy_that_cannot_be_built_is_one_line() -> None:
    """Before the dataflow starts."""
    with pytest.raises(ConfigError, match="policy: LeRobot cannot build it") as error:
        policy("--policy.actor_network_kwargs.hidden_dims=[]")
    assert "\n" not in str(error.value)


TRAINED = ("vision_encoder_name=null", "freeze_vision_encoder=false", "image_encoder_hidden_dim=4")


@pytest.mark.parametrize("words", [(), TRAINED], ids=["frozen", "trained"])
def test_a_policy_with_cameras_acts_on_what_they_show(words: tuple[str, ...]) -> None:
    """Of two pictures: another mean for another picture; the noise comes on top of it."""
    config = CONFIG.with_name("train_gym_hil_env.json")
    made = LearningPolicy(load(config, [f"--policy.{word}" for word in words]))
    assert (made.encoder is None) is bool(words)
    means: list[list[float]] = []
    made._policy.actor.register_forward_hook(lambda *seen: means.append(seen[2][2][0].tolist()))
    for grey in (0, 0, 255):
        picture = np.full((128, 128, 3), grey, np.uint8)
        cameras = {key: picture for key in made.state_keys if "images" in key}
        assert made.act({**cameras, "observation.state": np.zeros(8, np.float32)}).shape == (4,)
    assert means[0] == means[1] != means[2]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({}, "the body has no observation.state"),
        (
            {"observation.state": np.zeros(18, np.float32)},
            r"observation.state is \(18,\), expected",
        ),
    ],
)
def test_a_body_of_another_environment_is_one_line(columns: Columns, says: str) -> None:
    """The dataflow's default environment has no cameras, for example."""
    with pytest.raises(ObservationError, match=says) as error:
        policy().act(columns)
    assert "ENV_CONFIG" in str(error.value)


def test_an_encoder_that_networks_share_is_loaded_whole_without_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """LeRobot warns of counters that are in no file: torch adds them, with what they hold."""
    saved, loaded = torch.nn.BatchNorm1d(2), torch.nn.BatchNorm1d(2)
    saved.weight.data.fill_(7.0)
    saved.num_batches_tracked.fill_(5)  # type: ignore[union-attr]
    path = str(tmp_path / "model.safetensors")
    save_model(torch.nn.ModuleDict({"actor": saved, "critic": saved}), path)
    log_model_loading_keys(
        *load_model(torch.nn.ModuleDict({"actor": loaded, "critic": loaded}), path, strict=False)
    )
    assert all(torch.equal(loaded.state_dict()[k], v) for k, v in saved.state_dict().items())
    (warned,) = caplog.records
    assert "critic.num_batches_tracked" in warned.getMessage()
    assert not LibraryFilter(set()).filter(warned)
