"""People's actions in the actor's loss."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from lerobot.datasets import LeRobotDataset
from lerobot.policies import make_policy
from lerobot.rl.algorithms.factory import make_algorithm
from lerobot.rl.algorithms.sac.sac_algorithm import SACAlgorithm
from replay_rig import body_of, perform, save

from dora_hil.stream.actions import ActionSpace
from dora_hil.testing.fake_environment import FakeEnvironment
from dora_hil_datasets.dataset.episode_record import EpisodeRecord, write
from lerobot_node.hil.behaviour_cloning import BehaviourCloning, driven_by_people
from lerobot_node.hil.lean_updates import EXCHANGE, _actor_loss
from lerobot_node.hil.replay_buffer import WholeReplayBuffer
from lerobot_node.hil.train_config import load

CONFIG = Path(__file__).parents[4] / "configs/train_gym_hil_state.json"
KEY = "observation.state"
ROWS = 6


@pytest.fixture(autouse=True)
def set_back() -> Iterator[None]:
    """Leave LeRobot's own loss and update behind."""
    yield
    BehaviourCloning.weight = 0.0
    EXCHANGE.undo()


def batch_of(meant: torch.Tensor, flags: torch.Tensor | None) -> dict[str, Any]:
    """Return actions that are half a unit beside the policy's, with a gripper's class behind."""
    gripper = torch.ones(len(meant), 1)
    return {"action": torch.cat([torch.tanh(meant) + 0.5, gripper], 1), "is_intervention": flags}


def test_the_rows_that_a_person_drove_count() -> None:
    """Where nobody has driven in a batch, nothing is added."""
    BehaviourCloning.weight = 0.1
    means = torch.zeros(ROWS, 3)
    flags = torch.tensor([0, 1, 0, 0, 1, 0])
    batch = batch_of(means, flags)
    batch["action"][flags == 0] = 9.0
    assert BehaviourCloning.loss(means, batch).item() == pytest.approx(0.1 * 0.25)
    for nobody in (torch.zeros(ROWS), None):
        assert BehaviourCloning.loss(means, batch_of(means, nobody)).item() == 0.0


def test_gradients_draw_the_mean_towards_what_was_done() -> None:
    """Above it: the mean rises."""
    BehaviourCloning.weight = 1.0
    means = torch.zeros(ROWS, 3, requires_grad=True)
    batch = batch_of(means.detach(), torch.ones(ROWS))
    BehaviourCloning.loss(means, batch).backward()  # type: ignore[no-untyped-call]
    assert means.grad is not None
    assert (means.grad < 0).all()


@pytest.mark.parametrize(
    ("drivers", "flags", "by_people"),
    [
        ({"hold": 1, "intervention_keyboard": 3}, [0, 0, 0, 0], [1, 1, 1, 1]),
        ({}, [0, 0, 0, 0], [1, 1, 1, 1]),
        ({"action": 2, "intervention_keyboard": 2}, [0, 1, 1, 0], [0, 1, 1, 0]),
        ({"action": 4}, [0, 0, 0, 0], [0, 0, 0, 0]),
    ],
    ids=["by hand", "nothing is known", "corrected", "a policy alone"],
)
def test_what_a_policy_did_alone_is_nobodys_example(
    tmp_path: Path, drivers: dict[str, int], flags: list[int], by_people: list[int]
) -> None:
    """An evaluation's dataset, beside demonstrations; LeRobot's own have no word of who drove."""
    episode = perform(body_of(FakeEnvironment(), max_steps=4), seed=1)
    marked = [
        replace(step, is_intervention=bool(flags[step.step - 1])) if step.step > 0 else step
        for step in episode
    ]
    save(tmp_path / "data", [marked], ActionSpace.EE_DELTA, video=False)
    write(tmp_path / "data", [EpisodeRecord(0, 4, seed=1, drivers=drivers)])
    dataset = LeRobotDataset("test/replay", root=tmp_path / "data")
    assert driven_by_people(dataset).astype(int).tolist() == by_people
    kept = WholeReplayBuffer.from_lerobot_dataset(dataset, "cpu", [KEY], capacity=9)
    assert kept.complementary_info["is_intervention"][:3].tolist() == by_people[:3]


@pytest.fixture
def algorithm() -> Any:
    """Build LeRobot's, with an untrained policy."""
    config = load(CONFIG)
    torch.manual_seed(0)
    return make_algorithm(
        cfg=config.algorithm, policy=make_policy(cfg=config.policy, env_cfg=config.env)
    )


def seen(algorithm: Any) -> dict[str, torch.Tensor]:
    """Return what is seen in each row."""
    features = algorithm.policy.config.input_features.items()
    return {name: torch.randn(ROWS, *feature.shape) for name, feature in features}


@pytest.mark.parametrize("weight", [0.0, 0.1])
def test_with_a_weight_of_zero_the_loss_is_lerobots(weight: float, algorithm: Any) -> None:
    """The same number from the same draw; with another weight it is a larger one."""
    batch = {
        "state": seen(algorithm),
        "action": torch.full((ROWS, 4), 0.9),
        "is_intervention": torch.ones(ROWS),
    }
    BehaviourCloning.weight = weight
    torch.manual_seed(1)
    ours = _actor_loss(algorithm, batch).item()
    torch.manual_seed(1)
    stock = SACAlgorithm._compute_loss_actor(algorithm, batch).item()
    assert (ours == pytest.approx(stock)) is (weight == 0.0)
    assert ours >= stock - 1e-6


@pytest.mark.parametrize("flag", [0.0, 1.0])
def test_lerobots_update_hears_who_drove(algorithm: Any, flag: float) -> None:
    """From a buffer's batch to the actor's weights: it learns what people did, and only that."""
    BehaviourCloning.weight = 1000.0
    state = seen(algorithm)
    batch = {
        "state": state,
        "next_state": state,
        "action": torch.cat([torch.full((ROWS, 3), 0.5), torch.ones(ROWS, 1)], 1),
        "reward": torch.zeros(ROWS),
        "done": torch.zeros(ROWS),
        "truncated": torch.zeros(ROWS),
        "complementary_info": {
            "is_intervention": torch.full((ROWS,), flag),
            "discrete_penalty": torch.zeros(ROWS),
        },
    }

    def beside() -> float:
        _, _, means = algorithm.policy.actor(state)
        return float((torch.tanh(means) - 0.5).abs().mean())

    EXCHANGE.make()
    algorithm.make_optimizers_and_scheduler()
    before = beside()
    for _ in range(20):
        algorithm.update(itertools.repeat(batch))
    assert (beside() < before / 2) is bool(flag)
