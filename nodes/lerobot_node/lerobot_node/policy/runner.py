"""A policy of LeRobot's, with its processors: observations in, actions out."""

import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from draccus.utils import DecodingError
from huggingface_hub.errors import LocalEntryNotFoundError
from lerobot.common.control_utils import predict_action
from lerobot.configs import FeatureType, PreTrainedConfig
from lerobot.policies import get_policy_class, make_pre_post_processors
from lerobot.policies.utils import prepare_observation_for_inference
from lerobot.utils.import_utils import register_third_party_plugins

from dora_hil.errors import one_line
from dora_hil.logs import without_prints
from dora_hil.stream.actions import Float32Array
from dora_hil.stream.spec import Columns
from lerobot_node.encoder.efficientnet_lite import make_if_missing
from lerobot_node.policy.checkpoint import RENAMES, Checkpoint
from lerobot_node.policy.origin import PolicyError
from lerobot_node.policy.real_time_chunking import RealTimeChunking

log = logging.getLogger(__name__)


class PolicyRunner:
    """Asks a policy for actions; not to be used by two threads at once.

    Attributes:
        n_action_steps: how many actions of a chunk are executed; 1 for a policy without chunks.
            With real-time chunking no more than leave the next chunk something to go on from.
        ensemble_coefficient: ACT's temporal ensembling, its `temporal_ensemble_coeff`; None where
            chunks are not averaged.
        inference_s: how long its network ran, each time it did.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        overrides: Mapping[str, Any],
        *,
        is_sampled: bool = True,
        is_real_time: bool = False,
    ) -> None:
        """Load a policy with LeRobot's own loaders, and let it act once.

        Args:
            checkpoint: where it is.
            overrides: keys of its config that are to be others: `device`, `n_action_steps`.
            is_sampled: let a policy of reinforcement learning explore; else take its mean.
            is_real_time: a chunk goes on from the one before it, by LeRobot's real-time chunking.

        Raises:
            PolicyError: LeRobot cannot load it, it has no such key, it gives no action, or it
                has no real-time chunking.
        """
        self.inference_s: list[float] = []
        self._is_sampled = is_sampled
        self._ran = False
        _leave_cores_to_the_body()
        renames = dict(checkpoint.rename_map)
        keys = set(checkpoint.config) - {"type"}
        for key in overrides:
            if key not in keys:
                accepted = ", ".join(sorted(keys))
                raise PolicyError(
                    f"policy.{key}: the policy {checkpoint.config['type']!r} has no such key; "
                    f"accepted: {accepted}"
                )
        try:
            register_third_party_plugins()
            words = [word for key, value in overrides.items() for word in _words(key, value)]
            config = PreTrainedConfig.from_pretrained(checkpoint.path, cli_overrides=words)
            if hasattr(config, "pretrained_backbone_weights"):
                # The weights come from the checkpoint; these would be downloaded first.
                config.pretrained_backbone_weights = None
            # With it LeRobot gives no single actions any more.
            rtc = getattr(config, "rtc_config", None)
            if rtc is not None:
                config.rtc_config = None
            # LeRobot builds an encoder from its folder, and takes its weights from the checkpoint.
            make_if_missing(getattr(config, "vision_encoder_name", None) or "")
            with without_prints():
                self._policy = get_policy_class(config.type).from_pretrained(
                    checkpoint.path, config=config
                )
            self._preprocess, self._postprocess = make_pre_post_processors(
                config,
                pretrained_path=str(checkpoint.path),
                preprocessor_overrides={
                    "device_processor": {"device": config.device},
                    **({RENAMES: {"rename_map": renames}} if renames else {}),
                },
            )
        except (Exception, SystemExit) as error:
            log.debug("loading failed", exc_info=True)
            reason = _missing_of_the_hub(error, checkpoint.config) or _reason(error)
            raise PolicyError(f"{checkpoint.path}: cannot be loaded: {reason}") from error
        self._config = config
        self._inputs = {n: config.input_features[renames.get(n, n)] for n in checkpoint.inputs}
        self._device = torch.device(config.device)
        self.n_action_steps = int(getattr(config, "n_action_steps", 1))
        self.ensemble_coefficient: float | None = getattr(config, "temporal_ensemble_coeff", None)
        self._has_discrete_gripper = getattr(config, "num_discrete_actions", None) is not None
        for module in self._policy.modules():
            module.register_forward_pre_hook(self._note_that_it_runs)
        self._policy.eval()
        try:
            self._warm_up()
        except Exception as error:
            log.debug("the first action failed", exc_info=True)
            raise PolicyError(f"{checkpoint.path}: gives no action: {_reason(error)}") from error
        self._real_time: RealTimeChunking | None = None
        if is_real_time:
            self._real_time = RealTimeChunking.of(self._policy, self._preprocess, rtc)
            if self._real_time is None:
                raise PolicyError(
                    f"inference is rtc, but the policy {config.type!r} has no real-time chunking; "
                    "those that generate a chunk by flow matching do (smolvla, pi0, pi05 and "
                    "others); use async"
                )
            spared = config.chunk_size - self._real_time.horizon
            self.n_action_steps = max(1, min(self.n_action_steps, spared))

    @property
    def can_predict_chunks(self) -> bool:
        """Say whether a chunk follows from one observation alone."""
        has_chunks = getattr(self._config, "chunk_size", 1) > 1
        return has_chunks and getattr(self._config, "n_obs_steps", 1) == 1

    def _note_that_it_runs(self, *_: Any) -> None:
        self._ran = True

    def _warm_up(self) -> None:
        """Pay for what the first inference alone costs before a body waits for it."""
        self.reset(0)
        columns = {}
        for name, feature in self._inputs.items():
            shape = tuple(feature.shape)
            is_picture = feature.type is FeatureType.VISUAL
            columns[name] = (
                np.zeros((*shape[1:], shape[0]), np.uint8)
                if is_picture
                else np.zeros(shape, np.float32)
            )
        self.act(columns, "")
        self.inference_s.clear()
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Forget what was seen and planned; policies that sample do so anew from the seed."""
        self._policy.reset()
        self._preprocess.reset()
        self._postprocess.reset()
        torch.manual_seed(max(seed, 0))

    def act(self, columns: Columns, task: str) -> Float32Array:
        """Return the next action, float32[n]; from the present chunk where there is one.

        Args:
            columns: the observation, by column name; pictures uint8[height, width, 3].
            task: what is to be done, in words, for policies that are told.
        """
        start_s, self._ran = time.monotonic(), False
        observation = self._observation(columns)
        if self._has_discrete_gripper:
            action = self._act_with_discrete_gripper(observation, task)
        else:
            action = predict_action(
                observation,
                self._policy,
                self._device,
                self._preprocess,
                self._postprocess,
                self._config.use_amp,
                task,
            )
        if self._ran:
            self.inference_s.append(time.monotonic() - start_s)
        return np.asarray(action.squeeze(0).cpu().numpy(), np.float32)

    def chunk(
        self, columns: Columns, task: str, *, since: int | None = None, delay_steps: int = 0
    ) -> Float32Array:
        """Return a chunk of actions, float32[steps, n], the first one for this observation.

        Args:
            columns: the observation, as for `act`.
            task: what is to be done, in words.
            since: how many steps ago the last chunk began; None where it does not hold any more.
            delay_steps: how many steps will be over when the chunk is there.
        """
        start_s = time.monotonic()
        # No inference mode: what guides a chunk is found by a gradient.
        with torch.no_grad(), self._precision():
            batch = self._preprocess(self._prepared(self._observation(columns), task))
            guide = self._real_time.guide(since, delay_steps) if self._real_time else {}
            actions = self._policy.predict_action_chunk(batch, **guide)
            processed = torch.cat(
                [self._postprocess(actions[:, i]) for i in range(actions.shape[1])]
            )
            if self._real_time is not None:
                self._real_time.keep(actions.squeeze(0), processed)
        self.inference_s.append(time.monotonic() - start_s)
        return np.asarray(processed.cpu().numpy(), np.float32)

    def _act_with_discrete_gripper(self, observation: dict[str, Any], task: str) -> torch.Tensor:
        """Leave the gripper's class as it is: only the rest of the action was normalised."""
        with torch.inference_mode(), self._precision():
            batch = self._preprocess(self._prepared(observation, task))
            # The network of the gripper takes nothing but tensors.
            observed = {name: batch[name] for name in self._config.input_features}
            if self._is_sampled:
                action = self._policy.select_action(observed)
            else:
                action = self._most_likely(observed)
            continuous = self._postprocess(action[..., :-1])
            return torch.cat([continuous.cpu(), action[..., -1:].cpu()], dim=-1)

    def _most_likely(self, observed: dict[str, torch.Tensor]) -> torch.Tensor:
        """Do as LeRobot's `select_action` with the mean; pictures are encoded once, as there."""
        policy, encoder = self._policy, self._policy.actor.encoder
        is_shared = policy.shared_encoder and encoder.has_images
        features = encoder.get_cached_image_features(observed) if is_shared else None
        _, _, mean = policy.actor(observed, features)
        gripper = policy.discrete_critic(observed, features).argmax(dim=-1, keepdim=True)
        return torch.cat([torch.tanh(mean), gripper], dim=-1)

    def _prepared(self, observation: dict[str, Any], task: str) -> dict[str, Any]:
        prepared: dict[str, Any] = prepare_observation_for_inference(
            observation, self._device, task
        )
        return prepared

    def _precision(self) -> Any:
        if self._device.type == "cuda" and self._config.use_amp:
            return torch.autocast(device_type="cuda")
        return nullcontext()

    def _observation(self, columns: Columns) -> dict[str, Any]:
        """Copy what the policy looks at out of the message."""
        return {name: np.array(columns[name]) for name in self._inputs}


def _leave_cores_to_the_body() -> None:
    """Keep two cores free: torch's threads wait for one another, and for one that waits for a core.

    On two cores, with a simulator beside it, two threads take ten times as long as one.
    """
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) - 2))


def _words(key: str, value: Any) -> Iterator[str]:
    """Yield a key of a config, and those of a block in it, as LeRobot's parser reads them."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _words(f"{key}.{name}", inner)
    else:
        yield f"--{key}={'null' if value is None else value}"


def _missing_of_the_hub(error: BaseException, config: Mapping[str, Any]) -> str:
    """Say what a policy builds on that is not here; its libraries do not say what they looked for.

    Returns nothing where that is not the reason.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, LocalEntryNotFoundError):
        cause = cause.__cause__ or cause.__context__
    named = [
        f"{value} ({key})"
        for key, value in config.items()
        if key.endswith(("_name", "_path")) and isinstance(value, str) and value.count("/") == 1
    ]
    if cause is None or not named:
        return ""
    return (
        f"it builds on {', '.join(named)} of the Hub, which is not on this machine: fetch it once "
        f"with a network: hf download {named[0].split()[0]}"
    )


def _reason(error: BaseException) -> str:
    """Return the innermost cause that names what it is about.

    LeRobot's own words say more than those of its config parser, but for a value that is of
    the wrong type: there the parser alone names the key.
    """
    while error.__cause__ is not None and not isinstance(error, DecodingError):
        error = error.__cause__
    return one_line(error)
