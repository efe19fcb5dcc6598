"""The policy that learns: LeRobot's, with weights that are exchanged while it acts."""

import logging
import time
from typing import Any

import numpy as np
import torch
from lerobot.policies import make_policy, make_pre_post_processors
from lerobot.rl.algorithms.factory import make_algorithm
from lerobot.rl.train_rl import TrainRLServerPipelineConfig
from lerobot.utils.random_utils import set_seed

from dora_hil.config import ConfigError
from dora_hil.errors import UserError, one_line
from dora_hil.logs import without_prints
from dora_hil.stream.actions import Float32Array
from dora_hil.stream.spec import Columns
from lerobot_node.encoder import stored_features
from lerobot_node.encoder.frozen import FrozenEncoder, is_frozen
from lerobot_node.hil.transitions import State, state_of

log = logging.getLogger(__name__)


class WeightsError(UserError):
    """Weights of another network."""


class ObservationError(UserError):
    """A body that does not show what the policy is to see."""


class LearningPolicy:
    """Acts with the newest weights there are.

    Attributes:
        state_keys: the observations it sees.
        encoder: of pictures, where it is frozen: each is encoded once.
        updates: how often weights were exchanged.
        loaded_s: when that was last, `time.monotonic()`; None before the first time.
        latencies_s: how long each action took.
    """

    def __init__(self, config: TrainRLServerPipelineConfig) -> None:
        """Build it as LeRobot's own actor does, with the learner's first weights.

        Raises:
            ConfigError: its keys do not fit one another, or this machine.
        """
        self.state_keys = tuple(config.policy.input_features)
        self._shapes = {k: tuple(f.shape) for k, f in config.policy.input_features.items()}
        self.updates = 0
        self.loaded_s: float | None = None
        self.latencies_s: list[float] = []
        set_seed(config.seed)
        stored_features.EXCHANGE.make()
        try:
            self.encoder = (
                FrozenEncoder.of_policy(config.policy) if is_frozen(config.policy) else None
            )
            self._device = torch.device(config.policy.device)
            with without_prints():
                made = make_policy(cfg=config.policy, env_cfg=config.env)
            self._policy = made.to(self._device).eval()
            self._algorithm = make_algorithm(cfg=config.algorithm, policy=self._policy)
            self._preprocess, self._postprocess = make_pre_post_processors(
                policy_cfg=config.policy, dataset_stats=config.policy.dataset_stats
            )
        except Exception as error:  # Each key that does not fit another has its own.
            raise ConfigError(
                f"policy: LeRobot cannot build it from this config: {one_line(error)}"
            ) from error
        self._has_discrete_gripper = config.policy.num_discrete_actions is not None

    def load(self, weights: dict[str, Any]) -> None:
        """Exchange the weights; to be called between two actions.

        Those of a training that has diverged are not taken.

        Raises:
            WeightsError: they belong to another network.
        """
        tensors = [tensor for part in weights.values() for tensor in part.values()]
        if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors):
            log.error("the learner's weights are not finite: the policy keeps the ones it has")
            return
        try:
            self._algorithm.load_weights(weights, device=self._device)
        except (RuntimeError, KeyError) as error:
            raise WeightsError(
                "the learner's weights do not fit this policy; learner and actor need the same "
                f"config: {one_line(error)}"
            ) from None
        self.updates += 1
        self.loaded_s = time.monotonic()

    def act(self, columns: Columns) -> Float32Array:
        """Return a sampled action, float32[n]; the gripper's class is the last number.

        Raises:
            ObservationError: the body does not show what the policy is to see.
        """
        start_s = time.perf_counter()
        with torch.inference_mode():
            batch = self._preprocess.process_observation(self._seen(columns))
            action = self._policy.select_action(batch=batch)
            if self._has_discrete_gripper:
                # Only the continuous part was normalised.
                continuous = self._postprocess.process_action(action[..., :-1])
                action = torch.cat([continuous.cpu(), action[..., -1:].cpu()], dim=-1)
            else:
                action = self._postprocess.process_action(action)
        self.latencies_s.append(time.perf_counter() - start_s)
        return np.asarray(action.squeeze(0).cpu().numpy(), np.float32)

    def _seen(self, columns: Columns) -> State:
        for key in self.state_keys:
            if key not in columns:
                raise _misfit(f"the body has no {key}")
            found = columns[key].shape
            # Pictures are HWC on the stream, CHW in LeRobot's configs.
            shown = found if len(found) < 3 else (found[2], *found[:2])
            if shown != self._shapes[key]:
                raise _misfit(f"the body's {key} is {shown}, expected {self._shapes[key]}")
        return state_of(columns, self.state_keys, self.encoder)


def _misfit(what: str) -> ObservationError:
    return ObservationError(
        f"{what} as policy.input_features says; ENV_CONFIG has to be the environment of the "
        "demonstrations"
    )
