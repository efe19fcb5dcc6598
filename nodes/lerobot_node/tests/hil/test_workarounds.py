"""What LeRobot's learner gets wrong, put right."""

from pathlib import Path

import torch
from lerobot.rl import learner
from lerobot.rl.buffer import ReplayBuffer
from lerobot.utils.transition import Transition

from lerobot_node.hil.train_config import load
from lerobot_node.hil.workarounds import WholeReplayBuffer, make_learner_sound

KEY = "observation.state"


def transition(
    now: float, then: float, *, done: bool = False, truncated: bool = False
) -> Transition:
    """Return a step from one state to another; the action says from which."""
    return Transition(
        state={KEY: torch.tensor([[now]])},
        action=torch.tensor([[now]]),
        reward=0.0,
        next_state={KEY: torch.tensor([[then]])},
        done=done,
        truncated=truncated,
        complementary_info={"is_intervention": torch.tensor(0.0)},
    )


TWO_EPISODES = [
    transition(1, 2),
    transition(2, 3, truncated=True),
    transition(10, 11),
    transition(11, 12, done=True),
]


def sampled(buffer: ReplayBuffer) -> dict[float, float]:
    """Return the next state of each state, as they are sampled."""
    for one in TWO_EPISODES:
        buffer.add(**one)
    found: dict[float, float] = {}
    for _ in range(50):
        batch = buffer.sample(4)
        pairs = zip(batch["state"][KEY], batch["next_state"][KEY], strict=True)
        found |= {float(now): float(then) for now, then in pairs}
    return found


def test_sampled_next_states_are_those_that_were_sent() -> None:
    """Also after a time-out, where the stock learner gives the next episode's first state."""
    options = {"capacity": 10, "device": "cpu", "state_keys": [KEY], "optimize_memory": True}
    assert sampled(WholeReplayBuffer(**options)) == {1: 2, 2: 3, 10: 11, 11: 12}
    assert sampled(ReplayBuffer(**options))[2] == 10


def test_the_learner_builds_such_buffers() -> None:
    """Both of them, new or from a dataset."""
    make_learner_sound()
    config = load(Path(__file__).parents[4] / "configs/train_gym_hil_state.json")
    made = learner.initialize_replay_buffer(config, "cpu", "cpu")
    assert isinstance(made, WholeReplayBuffer)
    assert not made.optimize_memory


def test_a_config_with_a_reset_block_can_be_logged() -> None:
    """Every documented config has one, and the stock learner dies of it."""
    path = Path(__file__).parents[4] / "configs/train_gym_hil_state.json"
    config = load(path, ["--env.processor.reset.control_time_s=10.0"])
    assert config.to_dict()["env"]["processor"]["reset"]["control_time_s"] == 10.0
