"""What LeRobot 0.6.1's learner gets wrong, put right from outside; each with its reason.

Nothing is changed on the disk, and nothing of the algorithm. Every one can go when LeRobot has it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from lerobot.configs.default import DatasetConfig
from lerobot.envs.configs import ResetConfig
from lerobot.rl import learner
from lerobot.rl.buffer import ReplayBuffer
from lerobot.rl.train_rl import TrainRLServerPipelineConfig

IDLE_S = 0.01


class WholeReplayBuffer(ReplayBuffer):  # type: ignore[misc] # LeRobot has no types
    """A buffer that stores every next state.

    LeRobot's learner derives it from the following entry, which is another episode's first state
    after a time-out, and something unrelated after the last step of an intervention in the
    offline buffer. It bootstraps from that.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        """Store both states, whatever is asked for."""
        super().__init__(*args, **{**options, "optimize_memory": False})


def make_configs_loadable() -> None:
    """Let a config have a `processor.reset` block, no dataset, and a folder that is there.

    draccus cannot encode `Any | None`, the type of one field of the block, so that the learner
    dies while it logs its config (huggingface/lerobot#4297). `validate` reads
    `dataset.repo_id` of a dataset that may be null (huggingface/lerobot#1546), and refuses an
    `output_dir` that exists, though the actor writes into the same one; a folder with checkpoints
    is still refused, when the learner starts.
    """
    joints = list[float] | None
    ResetConfig.__dataclass_fields__["fixed_reset_joint_positions"].type = joints
    ResetConfig.__annotations__["fixed_reset_joint_positions"] = joints
    if TrainRLServerPipelineConfig.validate is not _validate:
        TrainRLServerPipelineConfig.validate = _validate


_stock_validate = TrainRLServerPipelineConfig.validate


def _validate(config: TrainRLServerPipelineConfig) -> None:
    folder = config.output_dir
    if folder is not None and not config.resume:
        config.output_dir = folder.with_name(f"{folder.name}.{uuid4().hex}")
    with _some_dataset(config):
        _stock_validate(config)
    if folder is not None:
        config.output_dir = folder


@contextmanager
def _some_dataset(config: TrainRLServerPipelineConfig) -> Iterator[None]:
    has_none = config.dataset is None
    if has_none:
        config.dataset = DatasetConfig(repo_id="none/none")
    try:
        yield
    finally:
        if has_none:
            config.dataset = None


def make_learner_sound() -> None:
    """Store next states, and do not burn a core while there is nothing to learn from."""
    learner.ReplayBuffer = WholeReplayBuffer
    learner.process_transitions = _process_transitions


_stock_process_transitions = learner.process_transitions


def _process_transitions(**arguments: Any) -> None:
    """Take what has come; before learning begins the stock loop would spin around this."""
    _stock_process_transitions(**arguments)
    if len(arguments["replay_buffer"]) == 0:
        time.sleep(IDLE_S)
