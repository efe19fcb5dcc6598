"""LeRobot's replay buffer, with every next state, on the disk as it is in memory."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, ClassVar, Self

import torch
from lerobot.rl.buffer import ReplayBuffer
from lerobot.rl.train_rl import TrainRLServerPipelineConfig
from lerobot.utils.constants import ACTION, OBS_IMAGE
from lerobot.utils.transition import Transition

from dora_hil.config import ConfigError
from dora_hil.errors import one_line
from lerobot_node.encoder.efficientnet_lite import way_out
from lerobot_node.encoder.encoded_frames import EncodedFrames
from lerobot_node.encoder.frozen import PREFIX, FrozenEncoder
from lerobot_node.encoder.pictures import as_numbers
from lerobot_node.hil.behaviour_cloning import driven_by_people
from lerobot_node.hil.transitions import PENALTY, SHOWN, completed

log = logging.getLogger(__name__)

type Shapes = Mapping[str, tuple[int, ...]]

_SAY_EVERY = 1000


class WholeReplayBuffer(ReplayBuffer):  # type: ignore[misc] # LeRobot has no types
    """A buffer that stores every next state, and refuses what is not of its config.

    LeRobot's learner derives a next state from the following entry, which is another episode's
    first state after a time-out, and something unrelated after the last step of an intervention
    in the offline buffer. It bootstraps from that.

    Attributes:
        encoder: of all buffers of a learner; where it is frozen, its features are stored instead
            of pictures, as they come from an actor and of each frame of a dataset.
        n_step: how many steps a sampled transition goes ahead in its episode, and `discount` what
            each of them costs, for all buffers of a learner.
        shapes: what a transition has to look like; nothing is refused where it is empty.
        refused: transitions that did not.
        episodes: the steps of each episode that went in by its name; what has left the ring again
            is still among them.
    """

    encoder: ClassVar[FrozenEncoder | None] = None
    n_step: ClassVar[int] = 1
    discount: ClassVar[float] = 1.0

    def __init__(self, *args: Any, **options: Any) -> None:
        """Store both states, whatever is asked for."""
        super().__init__(*args, **{**options, "optimize_memory": False})
        self.shapes: Shapes = {}
        self.refused = 0
        self.episodes: dict[str, int] = {}
        self._leads_on = torch.zeros_like(self.episode_ends)

    def add(self, **transition: Any) -> None:
        """Store a transition if it fits; one that does not would end the learner.

        The learner reads a dataset's videos as bytes, which would stand beside an actor's
        pictures in [0, 1] (huggingface/lerobot#4558).
        """
        misfit = self._misfit(transition)
        if not misfit:
            for name in ("state", "next_state"):
                transition[name] = {key: as_numbers(part) for key, part in transition[name].items()}
            transition["complementary_info"] = completed(transition.get("complementary_info"))
            at = self.position
            # Before: another thread samples meanwhile.
            self._leads_on[at] = False
            super().add(**transition)
            if len(self) > 1:
                self._leads_on[at - 1] = self._is_followed(at - 1, at)
            return
        if self.refused % _SAY_EVERY == 0:
            log.error("refused: %s; learner and actor need the same config", misfit)
        self.refused += 1

    def _misfit(self, transition: Mapping[str, Any]) -> str:
        tensors = {**transition["state"], ACTION: transition["action"]}
        for key, expected in self.shapes.items():
            if key not in tensors and key.startswith(f"{PREFIX}."):
                return "a transition of another encoder: other weights, or another picture scale"
            if key not in tensors:
                return f"a transition without {key}"
            found = tuple(tensors[key].shape[1:])
            if found != expected:
                return f"a transition whose {key} is {found}, expected {expected}"
        return ""

    def _is_followed(self, row: int, by: int) -> bool:
        return all(torch.equal(self.next_states[k][row], self.states[k][by]) for k in self.states)

    def sample(self, batch_size: int) -> dict[str, Any]:
        """Return a batch as LeRobot's, whose transitions go `n_step` steps ahead, or to their end.

        Reward and penalty are the discounted sums of the way. LeRobot bootstraps with
        ``(1 - done) * discount``: where the way is longer than a step, `done` makes up for what is
        missing there. Nothing leads on from an episode's last step, nor from an intervention's
        last step in the buffer that has interventions alone.
        """
        if not self.initialized:
            raise RuntimeError("there is nothing to sample from yet")
        with self._lock:
            count, where = min(batch_size, self.size), self.storage_device
            first = torch.randint(self.size, (count,), device=where)
            last, weight = first, torch.ones(count, device=where)
            sums = {PENALTY: self.complementary_info[PENALTY][first], "reward": self.rewards[first]}
            for _ in range(self.n_step - 1):
                goes_on = self._leads_on[last] & ~self.dones[last] & ~self.truncateds[last]
                last = torch.where(goes_on, (last + 1) % self.capacity, last)
                weight = torch.where(goes_on, weight * self.discount, weight)
                sums["reward"] = sums["reward"] + goes_on * weight * self.rewards[last]
                penalty = self.complementary_info[PENALTY][last]
                sums[PENALTY] = sums[PENALTY] + goes_on * weight * penalty
            state, next_state = (
                {key: column[rows].to(self.device) for key, column in columns.items()}
                for columns, rows in ((self.states, first), (self.next_states, last))
            )
            info = {key: column[first] for key, column in self.complementary_info.items()}
            info[PENALTY] = sums[PENALTY]
            batch = {
                "state": state,
                "action": self.actions[first].to(self.device),
                "reward": sums["reward"].to(self.device),
                "next_state": next_state,
                "done": (1 - (1 - self.dones[last].float()) * weight).to(self.device),
                "truncated": self.truncateds[last].float().to(self.device),
                "complementary_info": {key: column.to(self.device) for key, column in info.items()},
            }
        for key in state if self.use_drq else ():
            if key.startswith(OBS_IMAGE):
                both = self.image_augmentation_function(torch.cat([state[key], next_state[key]]))
                state[key], next_state[key] = both.chunk(2)
        return batch

    def _initialize_storage(self, state: Mapping[str, torch.Tensor], **parts: Any) -> None:
        """Keep an observation's own types: LeRobot's makes float32 of everything."""
        super()._initialize_storage(state=state, **parts)
        for part in (self.states, self.next_states):
            for key, tensor in part.items():
                # The first of a dataset's pictures comes as bytes, as no other does that is added.
                part[key] = torch.empty_like(tensor, dtype=as_numbers(state[key]).dtype)

    @classmethod
    def _lerobotdataset_to_transitions(
        cls, dataset: Any, state_keys: Iterable[str]
    ) -> list[Transition]:
        """Leave out the last frames of episodes that did not terminate: they lead nowhere.

        LeRobot takes their own state for the next one, with a value to bootstrap from. What a
        person drove is flagged: no recording by hand has a policy that was overridden.
        """
        is_shown = driven_by_people(dataset)
        if cls.encoder is not None:
            dataset = EncodedFrames(dataset, cls.encoder)
            state_keys = [cls.encoder.stored.get(key, key) for key in state_keys]
        found = ReplayBuffer._lerobotdataset_to_transitions(dataset, state_keys)
        for transition, flag in zip(found, is_shown, strict=True):
            info = transition["complementary_info"] or {}
            transition["complementary_info"] = {**info, SHOWN: torch.tensor([float(flag)])}
        return [t for t in found if t["done"] or t["next_state"] is not t["state"]]

    def save(self, path: Path) -> None:
        """Write all of it; LeRobot's own way forgets next states and truncations.

        Raises:
            OSError: the disk does not take it.
        """
        order = (self.position - self.size + torch.arange(self.size)) % self.capacity
        content: dict[str, Any] = {"size": self.size}
        if self.size:
            content |= self._content(order)
        try:
            torch.save(content, path)
        except RuntimeError:
            # torch's, of a file that was cut off, name a place in its own source.
            raise OSError(f"{path.name} was cut off (is the disk full?)") from None

    def _content(self, order: torch.Tensor) -> dict[str, Any]:
        states = {key: _packed(tensor, order) for key, tensor in self.states.items()}
        own = ~self._leads_on[order].cpu()
        return {
            "states": states,
            "has_own_next_state": own,
            "own_next_states": {
                key: _packed(tensor, order[own]) for key, tensor in self.next_states.items()
            },
            "actions": self.actions[order].cpu(),
            "rewards": self.rewards[order].cpu(),
            "dones": self.dones[order].cpu(),
            "truncateds": self.truncateds[order].cpu(),
            "complementary_info": {
                key: tensor[order].cpu() for key, tensor in self.complementary_info.items()
            },
        }

    @classmethod
    def load(cls, path: Path, **options: Any) -> Self:
        """Read what `save` wrote; where the capacity is smaller now, the newest remain.

        Raises:
            ConfigError: it is damaged, or holds features of another encoder, or pictures.
        """
        made = cls(**options)
        try:
            content = torch.load(path, weights_only=True)
        except (EOFError, RuntimeError, UnpicklingError) as error:
            raise ConfigError(
                f"{path}: these stored episodes cannot be read ({one_line(error)}); the file is "
                "cut off or damaged"
            ) from None
        if content["size"]:
            # Whoever only looks at a file names nothing, and takes what is there.
            named = options.get("state_keys", content["states"])
            cls._check_encoder(path, content["states"], named)
        owned = 0
        for index in range(content["size"]):
            row = slice(index, index + 1)
            then, at = content["states"], index + 1
            if content["has_own_next_state"][index]:
                then, at = content["own_next_states"], owned
                owned += 1
            made.add(
                state={key: tensor[row] for key, tensor in content["states"].items()},
                action=content["actions"][row],
                reward=float(content["rewards"][index]),
                next_state={key: tensor[at : at + 1] for key, tensor in then.items()},
                done=bool(content["dones"][index]),
                truncated=bool(content["truncateds"][index]),
                complementary_info={
                    key: tensor[row] for key, tensor in content["complementary_info"].items()
                },
            )
        return made

    @classmethod
    def _check_encoder(cls, path: Path, stored: Iterable[str], named: Iterable[str]) -> None:
        stored = [key for key in stored if key.startswith(f"{PREFIX}.")]
        encoder = cls.encoder
        wanted = () if encoder is None else tuple(encoder.shapes)
        if encoder is not None and not set(wanted) <= set(stored):
            raise ConfigError(
                f"policy.vision_encoder_name {encoder.name}: {path} was not made with it: this "
                "training began with another policy.vision_encoder_name, with other weights in its "
                f"folder, or without; go on with that one ({way_out(encoder.name)}), or begin in "
                "another folder: TRAIN_ARGS=--output_dir=..."
            )
        if not set(stored) <= {*wanted, *named}:
            raise ConfigError(
                f"policy.freeze_vision_encoder: {path} was made with a frozen encoder: go on with "
                "true and the policy.vision_encoder_name that this training began with, or begin "
                "in another folder: TRAIN_ARGS=--output_dir=..."
            )


def shapes_of(config: TrainRLServerPipelineConfig) -> Shapes:
    """Return what a transition of this config looks like, without the batch's dimension.

    Pictures are pictures here, as in a dataset; `stored_shapes` says what becomes of them.
    """
    policy = config.policy
    (numbers,) = policy.output_features[ACTION].shape
    gripper = 0 if policy.num_discrete_actions is None else 1
    observations = {key: tuple(feature.shape) for key, feature in policy.input_features.items()}
    return {**observations, ACTION: (numbers + gripper,)}


def stored_shapes(shapes: Shapes, encoder: FrozenEncoder | None) -> Shapes:
    """Return what a transition looks like with features for what this encoder encodes."""
    if encoder is None:
        return shapes
    others = {key: shape for key, shape in shapes.items() if key not in encoder.stored}
    return {**encoder.shapes, **others}


def _packed(tensor: torch.Tensor, order: torch.Tensor) -> torch.Tensor:
    """Return entries in this order; pictures as bytes, where nothing is lost by it."""
    if tensor.ndim < 4 or tensor.dtype != torch.float32:
        return tensor[order].cpu()
    packed = torch.empty((len(order), *tensor.shape[1:]), dtype=torch.uint8)
    for row, position in enumerate(order):
        picture = tensor[position].cpu()
        packed[row] = (picture * 255).round()
        if not torch.equal(as_numbers(packed[row]), picture):
            return tensor[order].cpu()
    return packed
