"""Whether an actor and a learner belong together: what each says of itself."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from lerobot.rl.train_rl import TrainRLServerPipelineConfig

from dora_hil import durable
from dora_hil.errors import UserError

ABOUT = "dora-hil-training"
"""Metadata of the learner's answer to `Ready`: who it is, as JSON."""

TRAINING, EPISODE, STEPS = "dora-hil-id", "dora-hil-episode", "dora-hil-steps"
"""Metadata of an episode's two calls. LeRobot's own learner and actor know none of these."""

FILE = "training.json"
_LONG = 160


class StrangerError(UserError):
    """A learner of another training."""


type Job = dict[str, str]


def job_of(config: TrainRLServerPipelineConfig) -> Job:
    """Return what has to be equal at both ends, as text, by its key in the config.

    Not the machine's: devices, folders, addresses; and not what a run may go on with: rates, sizes.
    """
    policy = config.to_dict()["policy"]
    keys: dict[str, Any] = {
        "job_name": config.job_name,
        "env.task": None if config.env is None else config.env.task,
        "env.fps": None if config.env is None else config.env.fps,
    }
    for key in ("input_features", "output_features", "num_discrete_actions", "dataset_stats"):
        keys[f"policy.{key}"] = policy[key]
    return {key: _text(value) for key, value in keys.items()}


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    if len(text) <= _LONG:
        return text
    return f"#{hashlib.sha256(text.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class About:
    """What a learner says of itself.

    Attributes:
        training: no other training has this id.
        folder: where the learner writes, on its machine.
        job: see `job_of`.
        episodes, steps: of actors, that it has and can go on from; -1 where it does not know,
            because they came before they were counted.
        updates: optimization steps that it has done; None before it is built.
    """

    training: str
    folder: str
    job: Job
    episodes: int
    steps: int
    updates: int | None = None

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """Return it for a gRPC call; JSON, and so ASCII."""
        return ((ABOUT, json.dumps(asdict(self))),)

    @classmethod
    def read(cls, metadata: Iterable[tuple[str, Any]] | None) -> Self | None:
        """Read it; None from LeRobot's own learner, which says nothing.

        Raises:
            StrangerError: a learner of another version says it in another way.
        """
        value = dict(metadata or ()).get(ABOUT)
        if value is None:
            return None
        try:
            return cls(**json.loads(value))
        except (TypeError, ValueError):
            raise StrangerError(
                "the learner is of another version of dora-hil than this actor: install the same "
                "one at both ends"
            ) from None


def training_id(folder: Path) -> str | None:
    """Return which training a folder belongs to; None for a new one."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["id"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(
            f'{path}: expected {{"id": "..."}}; without this file it is read anew'
        ) from None


def keep_training_id(folder: Path, training: str | None = None) -> str:
    """Write which training a folder belongs to; a new one without an id.

    Raises:
        UserError: the disk does not take it.
    """
    training = training or uuid.uuid4().hex
    try:
        durable.make_folders([folder])
        durable.write(folder / FILE, json.dumps({"id": training}).encode())
    except OSError as error:
        raise UserError(f"{folder / FILE}: cannot be written: {error.strerror}") from None
    return training


class Acquaintance:
    """An actor's view of the learner it meets."""

    def __init__(self, job: Mapping[str, str], folder: Path, *, is_new: bool, joins: bool) -> None:
        """Know what to expect.

        Args:
            job: the actor's own, see `job_of`.
            folder: its output folder.
            is_new: nothing was driven yet, as far as that folder knows.
            joins: it shall go on with whatever training the learner has, if it is new itself.
        """
        self._job = job
        self._folder = folder
        self._is_new = is_new
        self._joins = joins
        self.training = training_id(folder)

    def meet(self, about: About | None, address: str) -> None:
        """Look at who answers; the first one that fits is this training's learner from then on.

        Raises:
            StrangerError: it belongs to another training; the text says how to put it right.
        """
        if about is None:
            return
        here = f"the learner at {address}"
        for key, expected in self._job.items():
            found = about.job.get(key, "")
            if found != expected:
                raise StrangerError(
                    f"{here} trains {about.job.get('job_name')} (in {about.folder}), this actor is "
                    f"of {self._job['job_name']}: {key} is {found} there and {expected} here; give "
                    "both the same config, or each training a "
                    "policy.actor_learner_config.learner_port of its own"
                )
        if about.training == self.training:
            self._is_new = False
            return
        if self.training is not None and not self._is_new:
            raise StrangerError(
                f"{here} holds another training of this name (in {about.folder}) than the one "
                f"that {self._folder} has driven for: start the learner with the folder of that "
                "training and RESUME_TRAINING=1, or this actor with another --output_dir"
            )
        if self._is_new and about.episodes != 0 and not self._joins:
            raise StrangerError(
                f"{here} holds a training already (in {about.folder}), and {self._folder} is "
                "new: RESUME_TRAINING=1 goes on with it; a training of its own needs another "
                "policy.actor_learner_config.learner_port"
            )
        self.training = keep_training_id(self._folder, about.training)
        self._is_new = False
