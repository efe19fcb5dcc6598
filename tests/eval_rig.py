"""An evaluator on the stream of a real body, with nothing between them but what a test loses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from body_rig import BodyRig
from recorder_rig import CameraArm

from dora_hil.body.body import Body, BodyConfig
from dora_hil.body.environment import Environment
from dora_hil.body.episode import Advance, EpisodeRules
from dora_hil.body.pace import LockstepGate
from dora_hil.body.takeover import Takeover
from dora_hil.stream.actions import ActionSpace, Float32Array
from dora_hil.stream.messages import Action
from dora_hil.stream.spec import Columns, ColumnSpec, StreamSpec
from dora_hil.stream.timestep import TimeStep
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.features import dataset_features
from lerobot_node.evaluate.evaluator import Evaluator
from lerobot_node.evaluate.sinks import Sink
from lerobot_node.policy.checkpoint import Checkpoint
from lerobot_node.policy.origin import Origin
from lerobot_node.policy.pilot import StepPilot

BLOCK = "observation.environment_state"
PERSON = "intervention_operator"


class BlockArm(CameraArm):
    """A point-like arm with a camera, and a block where the seed puts it."""

    @property
    def spec(self) -> StreamSpec:
        """Describe the block too."""
        spec = super().spec
        block = ColumnSpec((3,), ("block_x", "block_y", "block_z"), ("m", "m", "m"))
        return replace(spec, columns={**spec.columns, BLOCK: block})

    def observe(self) -> Columns:
        """Return where the block is, besides."""
        seed = self.seeds[-1] if self.seeds else 0
        block = np.random.default_rng(seed).uniform(-0.1, 0.1, 3)
        return {**super().observe(), BLOCK: block.astype(np.float32)}


def without_cameras(spec: StreamSpec) -> StreamSpec:
    """Return what a policy that looks at numbers alone sees of a body."""
    kept = {n: c for n, c in spec.columns.items() if not n.startswith("observation.images.")}
    return replace(spec, columns=kept)


def body_of(environment: Environment, advance: Advance = Advance.AUTO, **rules: Any) -> Body:
    """Return a body in lockstep with `action`, which a person may take over too.

    What the person says is awaited as well, so that no silence is measured by the clock.
    """
    return Body(
        environment,
        BodyConfig(EpisodeRules(advance, **rules)),
        Takeover([PERSON], inputs_that_wait=["action", PERSON]),
        # Nothing here takes time: what is not there at the next tick was lost.
        LockstepGate(["action"], time_limit_s=0.0),
    )


def checkpoint_of(
    spec: StreamSpec,
    *,
    space: ActionSpace = ActionSpace.EE_ABSOLUTE,
    fps: int = 10,
    config: Mapping[str, Any] | None = None,
) -> Checkpoint:
    """Return what is known of a policy that was trained on a body's observations.

    Args:
        spec: of the body.
        space: the action space it was trained in.
        fps: the rate it was trained at.
        config: keys of its config that are others.
    """
    features = dataset_features(spec, space, video=True)
    inputs: dict[str, Any] = {}
    for name, feature in features.items():
        if name.startswith("observation.images."):
            height, width, channels = feature["shape"]
            inputs[name] = {"type": "VISUAL", "shape": [channels, height, width]}
        elif name.startswith("observation."):
            inputs[name] = {"type": "STATE", "shape": list(feature["shape"])}
    keys = {
        "type": "act",
        "input_features": inputs,
        "output_features": {"action": {"type": "ACTION", "shape": features["action"]["shape"]}},
        **(config or {}),
    }
    return Checkpoint(Path("a/policy"), keys, Origin(fps, features, {}))


@dataclass
class ScriptedPolicy:
    """A policy that says at every step which one it is.

    Attributes:
        resets: the seeds it was reset with, in order.
        seen: the `observation.state` of each step it was asked at.
        breaks_at: its how manieth action is NaN, from 0; None for none.
        n_action_steps: as in `PolicyRunner`.
        ensemble_coefficient: as in `PolicyRunner`.
    """

    resets: list[int] = field(default_factory=list)
    seen: list[Float32Array] = field(default_factory=list)
    breaks_at: int | None = None
    n_action_steps: int = 1
    ensemble_coefficient: float | None = None

    def reset(self, seed: int) -> None:
        """Note it."""
        self.resets.append(seed)

    def act(self, columns: Columns, task: str) -> Float32Array:
        """Move on by a millimetre."""
        count = len(self.seen)
        self.seen.append(columns["observation.state"].copy())
        x = np.nan if count == self.breaks_at else 0.4 + count / 1000
        return np.array([x, 0.0, 0.2, 1.0], np.float32)

    def chunk(self, columns: Columns, task: str, **_: object) -> Float32Array:
        """Plan nothing further than the next step."""
        return self.act(columns, task)[None]


class EvalRig(BodyRig):
    """A body, and an evaluator that grants it episodes, acts in them and keeps the score.

    Attributes:
        evaluator: the one under test.
        policy: what it acts with.
        actions: what the evaluator has answered, in order.
        takes_over: says at which messages a person drives.
    """

    def __init__(
        self,
        seeds: Sequence[int] = (7, 8),
        sinks: Sequence[Sink] = (),
        *,
        arm: Environment | None = None,
        advance: Advance = Advance.AUTO,
        policy: ScriptedPolicy | None = None,
        outcome: Callable[[Sequence[EpisodeRecord], int], str] = lambda records, wanted: "",
        corrections: int | None = None,
        task: str = "",
        **rules: Any,
    ) -> None:
        """Connect them; `rules` are `EpisodeRules`, an episode has six steps at most."""
        arm = arm or BlockArm()
        self.policy = policy or ScriptedPolicy()
        super().__init__(body_of(arm, advance, **{"max_steps": 6, **rules}))
        self.evaluator = Evaluator(
            checkpoint_of(arm.spec),
            seeds,
            StepPilot(self.policy),
            sinks,
            outcome=outcome,
            corrections=corrections,
            task=task,
        )
        self.actions: list[Action] = []
        self.takes_over: Callable[[TimeStep], bool] = lambda timestep: False

    def run(self) -> Self:
        """Tick until the evaluator is done."""
        return self.tick_until(lambda: self.evaluator.is_over)

    def run_to(self, is_there: Callable[[TimeStep], bool]) -> Self:
        """Tick until the body has said a message of which `is_there` holds."""
        return self.tick_until(lambda: bool(self.published) and is_there(self.published[-1]))

    def _bring(self, timestep: TimeStep) -> None:
        person = Action(
            np.array([0.1, 0, 0, 1], np.float32),
            episode=timestep.episode,
            step=timestep.step,
            engaged=self.takes_over(timestep),
        )
        self.body.receive_action(PERSON, person)
        if self.loses(timestep):
            return
        received = TimeStep.from_arrow(*timestep.to_arrow())
        self.evaluator.hear(received)
        action = self.evaluator.answer(received)
        if action is not None:
            self.actions.append(action)
            self.body.receive_action("action", action)
        self._say(self.evaluator.statuses())
