"""How a policy is evaluated: a JSON file in the shape of LeRobot's own configs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from dora_hil.config import MAX_SEED, override, parse, read_json
from dora_hil.recognitions import Reading, refuse_recognised
from dora_hil.stream.actions import ActionSpace
from dora_hil_datasets.dataset.config import DatasetConfig

MAX_EPISODES: Final = 1_000_000


class Video(StrEnum):
    """Which episodes are filmed."""

    NONE = "none"
    FAILURES = "failures"
    ALL = "all"


class Inference(StrEnum):
    """When the policy is asked."""

    SYNC = "sync"
    ASYNC = "async"
    RTC = "rtc"


@dataclass(frozen=True)
class EvalBlock:
    """LeRobot's `eval` block.

    Attributes:
        n_episodes: how many, with seeds from `seed` on.
        seeds: the seeds one by one, in place of `n_episodes`.
        n_corrections: end as soon as a person has driven in so many episodes; null for never.
        video: which episodes are filmed.
        output_dir: where results and films go; null makes a dated folder in `outputs/eval`.
    """

    n_episodes: int = 50
    seeds: tuple[int, ...] | None = None
    n_corrections: int | None = None
    video: Video = Video.FAILURES
    output_dir: Path | None = None

    def __post_init__(self) -> None:
        """Check what the types do not say."""
        if not 1 <= self.n_episodes <= MAX_EPISODES:
            raise ValueError(f"n_episodes must be 1 to {MAX_EPISODES}, got {self.n_episodes}")
        if self.seeds is not None and (not self.seeds or min(self.seeds) < 0):
            raise ValueError(f"seeds must be numbers of 0 or more, got {list(self.seeds)}")
        if self.n_corrections is not None and self.n_corrections < 1:
            raise ValueError(f"n_corrections must be 1 or more, or null, got {self.n_corrections}")


@dataclass(frozen=True)
class EvalDatasetConfig(DatasetConfig):
    """LeRobot's `dataset` block, with a place of its own.

    Attributes:
        action_space: how the recorded actions are meant; null for as the policy's. HIL-SERL learns
            from `ee_delta`, whatever the policy that was evaluated acts in.
    """

    repo_id: str = "example/eval_gym_hil_trial"
    root: Path = Path("outputs/eval/gym_hil_trial")
    action_space: ActionSpace | None = None


@dataclass(frozen=True)
class EvalConfig:
    """An evaluation.

    Attributes:
        policy: `path` (a folder or a repository on the Hub), and any key of the policy's own
            config that is to be another: `device`, `n_action_steps`.
        eval: see `EvalBlock`.
        seed: of the first episode; the others count on from it.
        action_space: how the policy's actions are meant; null takes what its dataset says.
        rename_map: LeRobot's: which of the body's columns is which of the policy's, by name.
        task: what the policy is told, in words; null takes what it was trained with.
        inference: `sync` asks at every step; `async` computes the next chunk meanwhile; `rtc`
            does so with LeRobot's real-time chunking, so that chunks go on from one another.
        sample: let a policy of reinforcement learning explore, as it does while it is trained;
            else it takes the mean of what it would try.
        dataset: record the evaluation as a LeRobot dataset too; `num_episodes` is not used.
        display_data: show the run in Rerun; read by the viewer of the dataflow.
    """

    policy: Mapping[str, Any] = field(default_factory=dict)
    eval: EvalBlock = field(default_factory=EvalBlock)
    seed: int = 1000
    action_space: ActionSpace | None = None
    rename_map: Mapping[str, str] = field(default_factory=dict)
    task: str | None = None
    inference: Inference = Inference.SYNC
    sample: bool = False
    dataset: EvalDatasetConfig | None = None
    display_data: bool = True

    def __post_init__(self) -> None:
        """Check what the types do not say."""
        if not 0 <= self.seed < MAX_SEED:
            raise ValueError(f"seed must be 0 or more, got {self.seed}, and below {MAX_SEED}")
        if not isinstance(self.policy.get("path"), str) or not self.policy["path"]:
            raise ValueError("policy.path is missing: --policy.path=outputs/train/...")

    @property
    def seeds(self) -> tuple[int, ...]:
        """Return the seed of each episode."""
        if self.eval.seeds is not None:
            return self.eval.seeds
        return tuple(range(self.seed, self.seed + self.eval.n_episodes))

    @property
    def sentence(self) -> str:
        """Return what the policy is to be told; empty where nobody says it."""
        return self.task or (self.dataset.single_task if self.dataset else "")

    @property
    def policy_overrides(self) -> dict[str, Any]:
        """Return the keys of the policy's config that are to be others."""
        return {key: value for key, value in self.policy.items() if key != "path"}


def load(path: Path, overrides: Sequence[str] = ()) -> EvalConfig:
    """Read a config file and put ``--policy.path=...`` and the like over it.

    Raises:
        ConfigError: names the file, the key and what is accepted.
    """
    raw = override(read_json(path), overrides)
    refuse_recognised(Reading.EVALUATION, raw, str(path))
    return parse(raw, EvalConfig, str(path))
