"""What is recorded where: a JSON file in the shape of LeRobot's `record` config."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dora_hil.config import MAX_SEED, override, parse, read_json
from dora_hil.recognitions import Reading, refuse_recognised
from dora_hil.stream.actions import ActionSpace
from dora_hil_datasets.dataset.config import DatasetConfig


@dataclass(frozen=True)
class RecordConfig:
    """A recording.

    Attributes:
        dataset: see `DatasetConfig`.
        action_space: which of the executed actions becomes the column `action`: `ee_absolute`
            for imitation, `ee_delta` for HIL-SERL.
        seed: of episode 0; the others count on from it.
        resume: go on with the dataset that is there.
        display_data: show the run in Rerun; read by the viewer of the dataflow.
        play_sounds: say aloud what happens, where the machine can speak.
    """

    dataset: DatasetConfig = field(default_factory=DatasetConfig)
    action_space: ActionSpace = ActionSpace.EE_ABSOLUTE
    seed: int = 0
    resume: bool = False
    display_data: bool = True
    play_sounds: bool = True

    def __post_init__(self) -> None:
        """Check what the types do not say."""
        if not 0 <= self.seed < MAX_SEED:
            raise ValueError(f"seed must be 0 or more, got {self.seed}, and below {MAX_SEED}")


def load(path: Path, overrides: Sequence[str] = ()) -> RecordConfig:
    """Read a config file and put ``--dataset.num_episodes=5`` and the like over it.

    Raises:
        ConfigError: names the file, the key and what is accepted.
    """
    raw = override(read_json(path), overrides)
    refuse_recognised(Reading.RECORDING, raw, str(path))
    return parse(raw, RecordConfig, str(path))
