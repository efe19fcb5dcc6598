"""What LeRobot 0.6.1's learner gets wrong, put right from outside; each with its reason.

Nothing is changed on the disk, and nothing of the algorithm. Every one can go when LeRobot has it.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

from lerobot.configs.default import DatasetConfig
from lerobot.envs.configs import ResetConfig
from lerobot.rl import learner
from lerobot.rl.train_rl import TrainRLServerPipelineConfig

from dora_hil.config import ConfigError
from dora_hil.errors import one_line
from lerobot_node.encoder import stored_features
from lerobot_node.encoder.frozen import FrozenEncoder, is_frozen
from lerobot_node.hil import checkpoints, lean_updates
from lerobot_node.hil.behaviour_cloning import BehaviourCloning
from lerobot_node.hil.replay_buffer import WholeReplayBuffer, shapes_of, stored_shapes
from lerobot_node.hil.service import InboxQueue

IDLE_S = 0.01

WORKERS = 16
"""Calls at a time. LeRobot's three are one actor's; one that vanished without a word holds its."""


def make_configs_loadable() -> None:
    """Let a config have a `processor.reset` block, no dataset, and a folder that is there.

    draccus cannot encode `Any | None`, the type of one field of the block, so that the learner
    dies while it logs its config (huggingface/lerobot#4297). `validate` reads
    `dataset.repo_id` of a dataset that may be null (huggingface/lerobot#1546), and refuses an
    `output_dir` that exists, though the actor writes into the same one; a run that is resumed has
    to name a checkpoint's config on the command line. `checkpoints.prepare` looks after both.
    """
    joints = list[float] | None
    ResetConfig.__dataclass_fields__["fixed_reset_joint_positions"].type = joints
    ResetConfig.__annotations__["fixed_reset_joint_positions"] = joints
    if TrainRLServerPipelineConfig.validate is not _validate:
        TrainRLServerPipelineConfig.validate = _validate


_stock_validate = TrainRLServerPipelineConfig.validate


def _validate(config: TrainRLServerPipelineConfig) -> None:
    folder, resume, dataset = config.output_dir, config.resume, config.dataset
    config.resume = False
    config.dataset = dataset or DatasetConfig(repo_id="none/none")
    if folder is not None:
        config.output_dir = folder.with_name(f"{folder.name}.{uuid4().hex}")
    try:
        _stock_validate(config)
    finally:
        config.resume, config.dataset = resume, dataset
        config.output_dir = folder or config.output_dir


def make_learner_sound(
    config: TrainRLServerPipelineConfig, n_step: int = 1, bc_weight: float = 0.0
) -> None:
    """Let LeRobot's loop use what is right here.

    - Replay buffers store next states, and refuse what does not fit the config; what is sampled
      from them goes `n_step` steps ahead.
    - Pictures of a frozen encoder are encoded once, and their features are what is stored.
    - An update computes nothing that is thrown away; the actor learns from people's actions too,
      with `bc_weight`.
    - Checkpoints are whole or not there, and contain the buffers; a run that goes on starts from
      them.
    - A batch is a whole one where there are no demonstrations to mix in.
    - The loop does not burn a core while there is nothing to learn from.
    - Weights that are no numbers are never sent.
    - A run that goes on never begins anew because its last checkpoint cannot be read.
    """
    stored_features.EXCHANGE.make()
    lean_updates.EXCHANGE.make()
    BehaviourCloning.weight = bc_weight
    frozen = is_frozen(config.policy)
    WholeReplayBuffer.encoder = FrozenEncoder.of_policy(config.policy) if frozen else None
    WholeReplayBuffer.n_step, WholeReplayBuffer.discount = n_step, config.algorithm.discount
    learner.ReplayBuffer = WholeReplayBuffer
    learner.initialize_replay_buffer = _online_buffer
    learner.initialize_offline_replay_buffer = _offline_buffer
    learner.save_training_checkpoint = checkpoints.save
    learner.push_actor_policy_to_queue = _push_finite
    learner.load_training_state = _load_whole_state
    learner.MAX_WORKERS = WORKERS
    # LeRobot would wait for ever for a sample of an empty buffer.
    config.policy.online_step_before_learning = max(1, config.policy.online_step_before_learning)
    enough = config.policy.online_step_before_learning
    if config.dataset is None:
        # LeRobot would draw this share of a batch, and add nothing to it.
        config.online_ratio = 1.0

    def process_transitions(**arguments: Any) -> None:
        _stock_process_transitions(**arguments)
        inbox, buffer = arguments["transition_queue"], arguments["replay_buffer"]
        if isinstance(inbox, InboxQueue):
            buffer.episodes |= inbox.taken
            inbox.taken = {}
        if len(buffer) < enough:
            time.sleep(IDLE_S)

    learner.process_transitions = process_transitions


_stock_process_transitions = learner.process_transitions
_stock_push = learner.push_actor_policy_to_queue
_stock_load_state = learner.load_training_state


type _Make = Callable[..., WholeReplayBuffer]


def _restoring(stock: _Make, name: str, capacity_key: str) -> _Make:
    """Return what makes a buffer as the last checkpoint has it, or as LeRobot does."""

    def make(cfg: TrainRLServerPipelineConfig, device: Any, storage_device: Any) -> Any:
        last = checkpoints.last_checkpoint(cfg.output_dir) if cfg.resume else None
        saved = None if last is None else last / checkpoints.REPLAY_DIR / name
        if saved is not None and saved.exists():
            buffer = WholeReplayBuffer.load(
                saved,
                state_keys=cfg.policy.input_features.keys(),
                capacity=getattr(cfg.policy, capacity_key),
                device=device,
                storage_device=storage_device,
            )
        else:
            # A checkpoint without this buffer: the demonstrations were not there then.
            buffer = _made(stock, replace(cfg, resume=False), device, storage_device)
        if last is not None and name == checkpoints.ONLINE:
            buffer.episodes = checkpoints.stored_episodes(cfg.output_dir)
        buffer.shapes = stored_shapes(shapes_of(cfg), WholeReplayBuffer.encoder)
        return buffer

    return make


def _made(stock: _Make, cfg: TrainRLServerPipelineConfig, *devices: Any) -> WholeReplayBuffer:
    try:
        return stock(cfg, *devices)
    except (KeyError, ValueError) as error:
        raise ConfigError(
            f"dataset.repo_id {cfg.dataset and cfg.dataset.repo_id}: the learner cannot take these "
            f"demonstrations: {type(error).__name__} {one_line(error)}"
        ) from error


_online_buffer = _restoring(
    learner.initialize_replay_buffer, checkpoints.ONLINE, "online_buffer_capacity"
)
_offline_buffer = _restoring(
    learner.initialize_offline_replay_buffer, checkpoints.OFFLINE, "offline_buffer_capacity"
)


def _load_whole_state(cfg: TrainRLServerPipelineConfig, **parts: Any) -> Any:
    found = _stock_load_state(cfg=cfg, **parts)
    if cfg.resume and found == (None, None):
        # LeRobot has said why, and would go on from update 0 with new optimizers.
        last = checkpoints.last_checkpoint(cfg.output_dir)
        raise ConfigError(f"{last}: its training state cannot be read; it was not begun anew")
    return found


def _push_finite(parameters_queue: Any, algorithm: Any) -> None:
    checkpoints.check_finite(algorithm)
    _stock_push(parameters_queue=parameters_queue, algorithm=algorithm)
