"""LeRobot's learner, run with a log of its own, to an end of its own."""

import logging
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from lerobot.common.wandb_utils import WandBLogger
from lerobot.policies import make_pre_post_processors
from lerobot.rl import learner
from lerobot.rl.train_rl import TrainRLServerPipelineConfig
from lerobot.rl.trainer import RLTrainer
from lerobot.utils.process import ProcessSignalHandler
from lerobot.utils.random_utils import set_seed

from dora_hil.config import ConfigError
from lerobot_node.hil import checkpoints
from lerobot_node.hil.demonstrations import check_demonstrations
from lerobot_node.hil.metrics import MetricsFile
from lerobot_node.hil.service import ConfirmingService, InboxQueue
from lerobot_node.hil.workarounds import make_learner_sound

log = logging.getLogger(__name__)

PER_UPDATE = "Optimization frequency loop [Hz]"
"""LeRobot logs this after every update, beside what it logs every `log_freq` updates."""


class LearnerLog:
    """Stands where LeRobot's learner expects Weights & Biases: a file, and that too if wanted."""

    def __init__(self, metrics: MetricsFile, wandb: WandBLogger | None) -> None:
        """Write to both."""
        self._metrics = metrics
        self._wandb = wandb

    def log_dict(self, d: dict[str, Any], **options: Any) -> None:
        """Take the figures of an update, or of an episode that the actor has sent."""
        if PER_UPDATE not in d:
            self._metrics.write({k: v for k, v in d.items() if isinstance(v, int | float)})
        if self._wandb is not None:
            self._wandb.log_dict(d, **options)


class Learning:
    """A run of LeRobot's learner.

    LeRobot's own function ends with exit code 0 whatever happened, and forgets what it has
    learned since the last checkpoint, and what lies in its queues.
    """

    def __init__(self, config: TrainRLServerPipelineConfig) -> None:
        """Check everything that can be checked before the dataflow starts.

        Raises:
            ConfigError: the folder holds another training, the demonstrations do not fit, or
                somebody listens on the port already.
            DatasetError: there are no demonstrations.
        """
        config.validate()
        if config.policy.concurrency.learner != "threads":
            raise ConfigError("policy.concurrency.learner must be threads")
        checkpoints.prepare(config)
        _check_port(config.policy.actor_learner_config)
        if not config.resume:
            check_demonstrations(config)
        self._config = config
        self._trainer: RLTrainer | None = None
        self._service: ConfirmingService | None = None
        self._failure: BaseException | None = None

    def run(self, stop_when: Callable[[threading.Event], None]) -> None:
        """Learn until somebody ends it, and save what was learned.

        Args:
            stop_when: is given the event that ends it.

        Raises:
            DivergedError: the weights are no numbers any more.
            Exception: whatever ended LeRobot's loop.
        """
        config = self._config
        make_learner_sound(config)
        self._watch_the_loop()
        wandb = WandBLogger(config) if config.wandb.enable and config.wandb.project else None
        set_seed(config.seed)
        torch.backends.cudnn.benchmark = True
        torch.backends.cuda.matmul.allow_tf32 = True
        # LeRobot's own lines, several for each update.
        logging.getLogger().setLevel(logging.WARNING)
        logging.getLogger("lerobot_node").setLevel(logging.INFO)
        stop = ProcessSignalHandler(use_threads=True).shutdown_event
        stop_when(stop)
        metrics = MetricsFile(Path(config.output_dir) / "learner_metrics.jsonl")
        try:
            learner.start_learner_threads(config, LearnerLog(metrics, wandb), stop)
            if self._failure is not None:
                raise self._failure
            self._save()
        finally:
            metrics.close()

    def _watch_the_loop(self) -> None:
        """Keep what LeRobot's loop has in its local variables, and how it ended."""
        stock_loop = learner.add_actor_information_and_train

        def make_trainer(**parts: Any) -> RLTrainer:
            self._trainer = RLTrainer(**parts)
            return self._trainer

        def make_service(**parts: Any) -> ConfirmingService:
            self._service = ConfirmingService(**parts)
            return self._service

        def loop(**parts: Any) -> None:
            try:
                stock_loop(**parts)
                self._take_the_rest(**parts)
            except Exception as error:
                self._failure = error
                raise

        learner.Queue = InboxQueue
        learner.LearnerService = make_service
        learner.RLTrainer = make_trainer
        learner.add_actor_information_and_train = loop

    def _take_the_rest(
        self,
        transition_queue: Any,
        interaction_message_queue: Any,
        wandb_logger: LearnerLog,
        **_unused: Any,
    ) -> None:
        """Store the episodes that were confirmed, and have not been looked at when a run ends."""
        if self._service is not None:
            self._service.leave()
        go_on = threading.Event()
        if self._trainer is not None:
            learner.process_transitions(
                transition_queue=transition_queue,
                replay_buffer=self._trainer.data_mixer.online_buffer,
                offline_replay_buffer=self._trainer.data_mixer.offline_buffer,
                dataset_repo_id=self._config.dataset and self._config.dataset.repo_id,
                shutdown_event=go_on,
            )
        learner.process_interaction_messages(
            interaction_message_queue=interaction_message_queue,
            interaction_step_shift=0,
            wandb_logger=wandb_logger,
            shutdown_event=go_on,
        )

    def _save(self) -> None:
        trainer, config = self._trainer, self._config
        if trainer is None or not config.save_checkpoint:
            return
        # Episodes that a person has driven are worth keeping before anything was learned from them.
        if len(trainer.data_mixer.online_buffer) == 0:
            return
        preprocessor, postprocessor = make_pre_post_processors(
            policy_cfg=config.policy, dataset_stats=config.policy.dataset_stats
        )
        checkpoints.save(
            cfg=config,
            optimization_step=trainer.algorithm.optimization_step,
            online_steps=config.policy.online_steps,
            policy=trainer.algorithm.policy,
            optimizers=trainer.algorithm.get_optimizers(),
            replay_buffer=trainer.data_mixer.online_buffer,
            algorithm=trainer.algorithm,
            offline_replay_buffer=trainer.data_mixer.offline_buffer,
            preprocessor=preprocessor,
            postprocessor=postprocessor,
        )


def _check_port(service: Any) -> None:
    """See whether nobody else listens; gRPC would share the port, or fail in a thread.

    Raises:
        ConfigError: somebody does.
    """
    host, port = service.learner_host, service.learner_port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ConfigError(
            f"policy.actor_learner_config: {host}:{port} cannot be listened on: {error.strerror}"
        ) from None
