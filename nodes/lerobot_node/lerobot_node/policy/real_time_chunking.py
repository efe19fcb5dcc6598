"""LeRobot's real-time chunking: a chunk goes on from what is left of the one before it."""

from typing import Any, Self

import torch
from lerobot.policies import PreTrainedPolicy
from lerobot.policies.rtc import reanchor_relative_rtc_prefix
from lerobot.policies.rtc.configuration_rtc import RTCConfig
from lerobot.processor import NormalizerProcessorStep, RelativeActionsProcessorStep
from lerobot.rollout.inference.rtc import supports_rtc_inference


class RealTimeChunking:
    """Guides the chunks of a policy that can be guided, as LeRobot's own rollout does.

    Attributes:
        horizon: so many steps at the end of a chunk are left for the next one to go on from.
    """

    def __init__(self, policy: PreTrainedPolicy, preprocess: Any, config: RTCConfig) -> None:
        """Switch it on in a policy that has it; `preprocess` is its processor."""
        policy.config.rtc_config = config
        policy.init_rtc_processor()
        self.horizon = config.execution_horizon
        self._device = torch.device(policy.config.device)
        steps = preprocess.steps
        relative = (s for s in steps if isinstance(s, RelativeActionsProcessorStep) and s.enabled)
        self._relative = next(relative, None)
        self._normalizer = next((s for s in steps if isinstance(s, NormalizerProcessorStep)), None)
        if self._relative is not None and self._relative.action_names is None:
            self._relative.action_names = getattr(policy.config, "action_feature_names", None)
        self._raw: torch.Tensor | None = None
        self._processed: torch.Tensor | None = None

    @classmethod
    def of(cls, policy: PreTrainedPolicy, preprocess: Any, config: RTCConfig | None) -> Self | None:
        """Switch it on, as LeRobot has it without a config; None for a policy that has none."""
        if not supports_rtc_inference(policy):
            return None
        return cls(policy, preprocess, config or RTCConfig())

    def guide(self, since: int | None, delay_steps: int) -> dict[str, Any]:
        """Return the words for the next chunk's `predict_action_chunk`.

        Args:
            since: how many steps ago the last chunk began; None where it does not hold any more.
            delay_steps: how many of the next chunk's steps will be over when it is there.
        """
        left = None
        if since is not None and self._raw is not None and self._processed is not None:
            left = self._left_over(self._raw[since:], self._processed[since:])
        return {"inference_delay": delay_steps, "prev_chunk_left_over": left}

    def keep(self, raw: torch.Tensor, processed: torch.Tensor) -> None:
        """Remember a chunk, float[steps, n], as the policy gave it and as it is executed."""
        self._raw, self._processed = raw.clone(), processed.clone()

    def _left_over(self, raw: torch.Tensor, processed: torch.Tensor) -> torch.Tensor | None:
        if not len(raw):
            return None
        if self._relative is not None:
            # Actions beside the state of then are other ones beside the state of now.
            state = self._relative.get_cached_state()
            if state is not None:
                raw = reanchor_relative_rtc_prefix(
                    processed, state, self._relative, self._normalizer, self._device
                )
        left = torch.zeros(self.horizon, raw.shape[-1], dtype=raw.dtype, device=raw.device)
        left[: len(raw)] = raw[: self.horizon]
        return left
