"""The scripted person: one answer to every step, and the keys pressed on the way."""

from typing import Final

from dora_hil.stream.actions import ActionSpace, Float32Array, hold_ee_delta
from dora_hil.stream.messages import Action, Command, Control
from dora_hil.stream.timestep import Kind, TimeStep
from dora_hil.stream.world import World
from operator_node.arrange_boxes import ArrangeBoxes
from operator_node.buttons import NextButton, SuccessButton
from operator_node.engagement import Engagement
from operator_node.expert import Expert, Progress
from operator_node.failing import Failing
from operator_node.pick_cube import PickCube
from operator_node.random_streams import Draw, random_for
from operator_node.scene import Scene

STEP_M: Final = 0.025


class ScriptedOperator:
    """Watch an episode, drive when its engagement says so, press keys."""

    def __init__(
        self,
        engagement: Engagement | None,
        *,
        seed: int = 0,
        noise: float = 0.0,
        step_m: float = STEP_M,
        space: ActionSpace = ActionSpace.EE_DELTA,
        next_button: NextButton | None = None,
        success_button: SuccessButton | None = None,
        failing: Failing | None = None,
    ) -> None:
        """Put a person together.

        Args:
            engagement: when to drive; None never drives.
            seed: of everything random.
            noise: standard deviation of what is added to each delta, in steps.
            step_m: metres that a delta of 1 means to the body.
            space: `ee_delta` or `ee_absolute`, of what is answered.
            next_button: starts and keeps episodes; None leaves that to the body.
            success_button: says that the task is solved; None leaves that to the body.
            failing: the episodes to fail in; None for none.
        """
        self._engagement = engagement
        self._seed, self._noise, self._step_m, self._space = seed, noise, step_m, space
        self._next_button, self._success_button = next_button, success_button
        self._failing = failing
        self._presses = 0
        self._world: World | None = None
        self._asked: tuple[int, int, Float32Array] | None = None

    def see(self, world: World) -> None:
        """Look past the body, at a world of which it knows nothing."""
        self._world = world

    def answer(self, message: TimeStep) -> Action | None:
        """Return the one answer to a FIRST or MID, disengaged or not; None to others.

        Raises:
            SceneError: a privileged column is missing.
        """
        if message.kind not in (Kind.FIRST, Kind.MID):
            return None
        value = self._drive(message)
        return Action(
            value=hold_ee_delta() if value is None else value,
            space=ActionSpace.EE_DELTA if value is None else self._space,
            episode=message.episode,
            step=message.step,
            engaged=value is not None,
            t_obs_ns=message.t_capture_ns,
        )

    def press(self, message: TimeStep) -> list[Control]:
        """Return the keys that are pressed at a message.

        Raises:
            SceneError: a privileged column is missing.
        """
        commands: list[Command | None] = []
        if self._next_button is not None:
            commands.append(self._next_button.press(message))
        if self._success_button is not None and message.kind in (Kind.FIRST, Kind.MID):
            _, _, progress = self._look(message)
            commands.append(self._success_button.press(message, is_solved=progress.is_solved))
        controls = []
        for command in commands:
            if command is not None:
                controls.append(
                    Control(command, self._presses, message.episode, message.t_capture_ns)
                )
                self._presses += 1
        return controls

    def _drive(self, message: TimeStep) -> Float32Array | None:
        """Return the expert's float32[4], or None while somebody else drives."""
        if self._engagement is None:
            return None
        scene, expert, progress = self._look(message)
        if not self._engagement.engages(message.episode, message.step, progress):
            return None
        draw = random_for(Draw.NOISE, self._seed, message.episode, message.step)
        intent = (
            expert.decide(scene)
            if self._failing is None
            else self._failing.decide(message, scene, expert)
        )
        noise = draw.normal(0.0, self._noise, 3)
        if self._space is ActionSpace.EE_ABSOLUTE:
            value = intent.absolute(scene, self._step_m, noise)
            self._asked = (message.episode, message.step, value)
            return value
        return intent.action(scene, self._step_m, noise)

    def _look(self, message: TimeStep) -> tuple[Scene, Expert, Progress]:
        """See the scene as the expert for its task does."""
        scene = Scene.of(message, self._world)
        if self._asked is not None and self._asked[:2] == (message.episode, message.step - 1):
            scene = scene.by_hand(self._asked[2])
        expert: Expert = PickCube() if scene.goals_xyz_m is None else ArrangeBoxes()
        return scene, expert, expert.progress(scene)
