"""LeRobot's learner, run with a log of its own, to an end of its own."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import torch
from lerobot.policies import make_pre_post_processors
from lerobot.rl import learner
from lerobot.rl.train_rl import TrainRLServerPipelineConfig
from lerobot.rl.trainer import RLTrainer
from lerobot.transport.utils import bytes_to_python_object
from lerobot.utils.process import ProcessSignalHandler
from lerobot.utils.random_utils import set_seed
from safetensors import SafetensorError

from dora_hil import durable
from dora_hil.config import ConfigError
from dora_hil.errors import UserError, one_line
from dora_hil.logs import without_prints
from lerobot_node.hil import averaged_policy, checkpoints
from lerobot_node.hil.demonstrations import check_demonstrations, check_same_demonstrations
from lerobot_node.hil.episode_folder import RECEIVED, EpisodeFolder, SentEpisode
from lerobot_node.hil.identity import job_of, keep_training_id, training_id
from lerobot_node.hil.learner_log import LearnerLog, wandb_logger
from lerobot_node.hil.metrics import MetricsFile
from lerobot_node.hil.service import ConfirmingService, InboxQueue, Received, check_port
from lerobot_node.hil.workarounds import make_learner_sound

log = logging.getLogger(__name__)

STEP = "Interaction step"

_stock_loop = learner.add_actor_information_and_train
_stock_server = learner.start_learner


class Learning:
    """A run of LeRobot's learner.

    LeRobot's own function ends with exit code 0 whatever happened, and forgets what it has
    learned since the last checkpoint, and what lies in its queues.
    """

    def __init__(
        self, config: TrainRLServerPipelineConfig, n_step: int = 1, bc_weight: float = 0.0
    ) -> None:
        """Check everything that can be checked before the dataflow starts.

        Args:
            config: its output folder is held, see `episode_folder.held`.
            n_step: how many steps of an episode a transition that is learned from goes ahead.
            bc_weight: of people's own actions in the actor's loss, see `BehaviourCloning`.

        Raises:
            UserError: the folder holds another training, the demonstrations are not there or do not
                fit, somebody listens on the port already, or Weights & Biases is wanted and cannot
                be had.
        """
        config.validate()
        if config.policy.concurrency.learner != "threads":
            raise ConfigError("policy.concurrency.learner must be threads")
        folder = Path(config.output_dir)
        checkpoints.prepare(config)
        check_port(config.policy.actor_learner_config)
        if config.dataset is not None:
            _check_cache()
        stored = checkpoints.with_demonstrations(folder) if config.resume else None
        if stored is not None:
            check_same_demonstrations(config, stored)
        else:
            check_demonstrations(config)
        self._config, self._n_step, self._bc_weight = config, n_step, bc_weight
        self._received = Received(
            EpisodeFolder(folder / RECEIVED), checkpoints.stored_episodes(folder)
        )
        training = training_id(folder) or keep_training_id(folder)
        job, address = job_of(config), str(folder.resolve())
        self._about = lambda: self._received.about(training, address, job, self._updates)
        self._metrics = MetricsFile(folder / "learner_metrics.jsonl")
        self._log = LearnerLog(self._metrics, wandb_logger(config))
        self._is_built = False
        self._trainer: RLTrainer | None = None
        self._service: ConfirmingService | None = None
        self._failure: BaseException | None = None

    @property
    def _updates(self) -> int | None:
        """Return the optimization steps so far; None while a checkpoint's are not read yet."""
        trainer = self._trainer if self._is_built else None
        return trainer and int(trainer.algorithm.optimization_step)

    def run(self, stop_when: Callable[[threading.Event], None]) -> None:
        """Learn until somebody ends it, and save what was learned.

        Args:
            stop_when: is called when there is nothing left that has to be built or read, with the
                event that ends it.

        Raises:
            UserError: what has to be built or read cannot be, the disk does not take a checkpoint,
                there is not enough memory, or the weights are no numbers any more.
            Exception: whatever ended LeRobot's loop.
        """
        config = self._config
        make_learner_sound(config, self._n_step, self._bc_weight)
        set_seed(config.seed)
        torch.backends.cudnn.benchmark = True
        torch.backends.cuda.matmul.allow_tf32 = True
        _hush()
        stop = ProcessSignalHandler(use_threads=True).shutdown_event
        self._watch_the_loop(lambda: stop_when(stop))
        try:
            with without_prints():
                learner.start_learner_threads(config, self._log, stop)
            if self._failure is not None:
                raise self._reason(self._failure)
            self._save()
        finally:
            self._metrics.close()
            if self._trainer is not None:
                # Its thread would go on sampling, and drawing random numbers, for ever.
                self._trainer.reset_data_iterator()

    def _reason(self, failure: BaseException) -> BaseException:
        """Return what to say: a disk or a memory is the user's to put right, a defect is ours."""
        folder = Path(self._config.output_dir)
        if isinstance(failure, UserError):
            return failure
        if _is_memory(failure):
            return ConfigError(
                f"there is not enough memory to learn ({one_line(failure)}): smaller batch_size, "
                "policy.online_buffer_capacity or policy.offline_buffer_capacity; "
                f"{checkpoints.what_is_kept(folder)}"
            )
        if isinstance(failure, SafetensorError) and not self._is_built:
            return ConfigError(
                f"{self._config.policy.pretrained_path}: its weights cannot be read: "
                f"{one_line(failure)}"
            )
        if not isinstance(failure, OSError):
            return failure
        if not self._is_built:
            return ConfigError(f"the learner cannot start: {one_line(failure)}")
        return ConfigError(
            f"{folder}: the learner cannot go on: {one_line(failure)}; "
            f"{checkpoints.what_is_kept(folder)}"
        )

    def _watch_the_loop(self, built: Callable[[], None]) -> None:
        """Keep what LeRobot's loop has in its local variables, and how it ended."""
        load_state = learner.load_training_state

        def make_trainer(**parts: Any) -> RLTrainer:
            self._trainer = RLTrainer(**parts)
            return self._trainer

        def make_service(**parts: Any) -> ConfirmingService:
            service = ConfirmingService(**parts)
            service.received, service.about = self._received, self._about
            self._service = service
            self._take_up(service)
            return service

        def load_last(**parts: Any) -> Any:
            # The last that is built; what follows is the loop.
            state = load_state(**parts)
            if self._trainer is not None:
                weights = checkpoints.learned_weights(self._config)
                averaged_policy.begin(self._trainer.algorithm, state[0] or 0, weights)
            self._is_built = True
            built()
            _hush()
            return state

        def noting(work: Callable[..., None]) -> Callable[..., None]:
            def noted(*args: Any, **parts: Any) -> None:
                try:
                    work(*args, **parts)
                except Exception as error:
                    self._failure = self._failure or error
                    (parts.get("shutdown_event") or args[3]).set()

            return noted

        def loop(**parts: Any) -> None:
            _stock_loop(**parts)
            self._take_the_rest(**parts)

        learner.Queue = InboxQueue
        learner.LearnerService = make_service
        learner.RLTrainer = make_trainer
        learner.load_training_state = load_last
        learner.start_learner = noting(_stock_server)
        learner.add_actor_information_and_train = noting(loop)

    def _take_up(self, service: ConfirmingService) -> None:
        """Go on with the episodes that no checkpoint has."""
        paths = self._received.folder.paths()
        if paths:
            log.info("%d driven episode(s) are not in the checkpoint yet, taken up", len(paths))
        known = {line.get(STEP) for line in self._metrics.lines()}
        for path in paths:
            episode = SentEpisode.read(path)
            step = bytes_to_python_object(episode.figures).get(STEP)
            service.let_in(episode, is_new=False, has_figures=step not in known)

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
            optimizers=trainer.algorithm.get_optimizers(),
            replay_buffer=trainer.data_mixer.online_buffer,
            algorithm=trainer.algorithm,
            offline_replay_buffer=trainer.data_mixer.offline_buffer,
            preprocessor=preprocessor,
            postprocessor=postprocessor,
        )


def _is_memory(failure: BaseException) -> bool:
    """Say whether there was no room in a GPU, or in the machine; torch has no type for that."""
    is_cpus = isinstance(failure, RuntimeError) and "can't allocate memory" in str(failure)
    return is_cpus or isinstance(failure, MemoryError | torch.OutOfMemoryError)


def _hush() -> None:
    """Leave out LeRobot's own lines, several for each update."""
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("lerobot_node").setLevel(logging.INFO)


def _check_cache() -> None:
    """See whether demonstrations can be read: the library copies them into a cache first.

    Raises:
        ConfigError: it cannot be written; LeRobot would look for them on the Hub instead.
    """
    cache = Path(datasets.config.HF_DATASETS_CACHE)
    try:
        durable.check_writable(cache)
    except OSError as error:
        raise ConfigError(
            f"HF_HOME: demonstrations are read through a cache in {cache}, which cannot be "
            f"written: {error.strerror}"
        ) from None
