"""What is replayed: a JSON file whose `dataset` block is in the shape of LeRobot's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from dora_hil.config import MAX_SEED, override, parse, read_json
from dora_hil.stream.actions import ActionSpace
from dora_hil_datasets.dataset.existing import DatasetError, ExistingDataset


def _check_episodes(value: Any) -> Any:
    """Say in one line what pydantic would say of each member of the union."""
    wanted = value if isinstance(value, list | tuple) else [value]
    is_listed = wanted and all(type(index) is int and index >= 0 for index in wanted)
    if value != "all" and not is_listed:
        raise ValueError("expected an index from 0, a list of them, or all")
    return value


@dataclass(frozen=True)
class ReplayDataset:
    """LeRobot's `dataset` block.

    Attributes:
        repo_id: the dataset's name, ``user/name``.
        root: the folder it was recorded into.
        replay_episode: an index, several, or ``all``.
    """

    repo_id: str = "example/gym_hil_trial"
    root: Path = Path("outputs/record/gym_hil_trial")
    replay_episode: Annotated[
        int | tuple[int, ...] | Literal["all"], BeforeValidator(_check_episodes)
    ] = 0

    def indices(self, existing: ExistingDataset) -> tuple[int, ...]:
        """Return the episodes to replay, in order.

        Raises:
            DatasetError: the dataset does not have one of them.
        """
        if self.replay_episode == "all":
            return tuple(range(existing.episodes))
        wanted = self.replay_episode
        indices = (wanted,) if isinstance(wanted, int) else tuple(int(i) for i in wanted)
        for index in indices:
            if index >= existing.episodes:
                raise DatasetError(
                    f"dataset.replay_episode: {self.root} has no episode {index}; "
                    f"there are 0 to {existing.episodes - 1}"
                )
        return indices


@dataclass(frozen=True)
class ReplayConfig:
    """A replay.

    Attributes:
        dataset: see `ReplayDataset`.
        seed: of the first replayed episode, the others count on from it; null takes what was
            recorded beside the dataset.
        action_space: how the recorded actions are meant; null goes by the names of their numbers.
        say_success: say `success` where the recording ended with it, for episodes that a person
            judged. Else the task alone judges, so that a success is never the replay's own word.
        compare_pictures: decode the recorded pictures and compare them too.
        tolerance: exit with 1 if a number of `observation.*` is off by more, in its own unit,
            or an episode is shorter or longer than recorded; null exits with 0 all the same.
        output: write the deviation to this JSON file.
    """

    dataset: ReplayDataset = field(default_factory=ReplayDataset)
    seed: int | None = None
    action_space: ActionSpace | None = None
    say_success: bool = False
    compare_pictures: bool = True
    tolerance: float | None = None
    output: Path | None = None

    def __post_init__(self) -> None:
        """Check what the types do not say."""
        if self.seed is not None and not 0 <= self.seed < MAX_SEED:
            raise ValueError(f"seed must be 0 or more, got {self.seed}, and below {MAX_SEED}")
        if self.tolerance is not None and not self.tolerance >= 0:
            raise ValueError(f"tolerance must be 0 or more, got {self.tolerance}")


def load(path: Path, overrides: Sequence[str] = ()) -> ReplayConfig:
    """Read a config file and put ``--dataset.replay_episode=3`` and the like over it.

    Raises:
        ConfigError: names the file, the key and what is accepted.
    """
    return parse(override(read_json(path), overrides), ReplayConfig, str(path))
