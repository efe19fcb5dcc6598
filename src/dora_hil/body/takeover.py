"""Who drives, step by step: the policy, or the first person's device that engages.

The tables stand in `docs/design.md`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from dora_hil.stream.actions import GRIPPER_STAY, ActionSpace, Float32Array, hold_ee_delta
from dora_hil.stream.messages import Action
from dora_hil.stream.timestep import HOLD

SILENCE_S = 0.25
"""A device that has said nothing for so long has been unplugged or hangs: it is disengaged."""


@dataclass(frozen=True, eq=False)
class Choice:
    """What is executed in one step.

    Attributes:
        driver: the input id, or `hold`.
        space, value: the action, float32[n]; a hold if not given.
        is_intervention: a person's device drives instead of what is wired to `action`.
        late: the driver answers step by step and its answer to this one is not there.
    """

    driver: str
    space: ActionSpace = ActionSpace.EE_DELTA
    value: Float32Array = field(default_factory=hold_ee_delta)
    is_intervention: bool = False
    late: bool = False

    @property
    def is_stale(self) -> bool:
        """Say whether an answer is due and there is not even a late one to execute."""
        return self.late and self.driver != "action"


class Said(Enum):
    """What a message says, as far as it matters for who drives."""

    LET_GO = auto()
    AT_REST = auto()
    MOVING = auto()
    ANSWER = auto()

    @classmethod
    def by(cls, action: Action) -> "Said":
        """Read a message; one that answers a step comes from a device that listens."""
        if not action.engaged:
            return cls.LET_GO
        if action.step >= 0:
            return cls.ANSWER
        is_delta = action.space is ActionSpace.EE_DELTA
        return cls.AT_REST if is_delta and not _moves(action) else cls.MOVING


class Press(Enum):
    """Whether what a device holds down is meant for this episode."""

    FRESH = auto()
    MUST_LET_GO = auto()
    MUST_MOVE = auto()

    def after(self, said: Said) -> "Press":
        """Return what it is after a message."""
        return _AFTER[self][said]

    @classmethod
    def after_reset(cls, newest: Said) -> "Press":
        """Return what it is when an episode is reset; the newest message still stands."""
        return _AFTER_RESET[newest]


def _row(let_go: Press, at_rest: Press, moving: Press, answer: Press) -> dict[Said, Press]:
    return dict(zip(Said, (let_go, at_rest, moving, answer), strict=True))


_FRESH, _MUST_LET_GO, _MUST_MOVE = Press
_AFTER: Final = {
    # newest message:          let go, at rest,    moving,       answer
    Press.FRESH: _row(_FRESH, _FRESH, _FRESH, _FRESH),
    Press.MUST_LET_GO: _row(_FRESH, _MUST_MOVE, _MUST_LET_GO, _FRESH),
    Press.MUST_MOVE: _row(_FRESH, _MUST_MOVE, _FRESH, _FRESH),
}
_AFTER_RESET: Final = _row(_FRESH, _MUST_MOVE, _MUST_LET_GO, _FRESH)


class _Input:
    """The newest action of one input.

    A device that does not listen (`step` -1) says a velocity, which is applied again until
    replaced or old; an answer to a step is used once.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.action: Action | None = None
        self.received_s = 0.0
        self.used = False
        self._press = Press.FRESH

    def receive(self, action: Action, now_s: float) -> None:
        self.action, self.received_s, self.used = action, now_s, False
        self._press = self._press.after(Said.by(action))

    def reset(self) -> None:
        """Ask a device that is engaged now for a fresh press."""
        self.used = True
        if self.action is not None:
            self._press = Press.after_reset(Said.by(self.action))

    @property
    def listens(self) -> bool:
        return self.action is not None and self.action.step >= 0

    def is_silent(self, now_s: float) -> bool:
        return self.action is None or now_s - self.received_s > SILENCE_S

    def is_engaged(self, episode: int, now_s: float) -> bool:
        return (
            self.action is not None
            and self.action.engaged
            and self._press is Press.FRESH
            and not self.is_silent(now_s)
            and not (self.listens and self.action.episode != episode)
        )

    def take(self, episode: int, now_s: float) -> Action | None:
        """Return the action to execute now, or None to hold."""
        if self.action is None:
            return None
        if not self.listens:
            is_usable = not self.is_silent(now_s) and self._press is not Press.MUST_LET_GO
            return self.action if is_usable else None
        if self.used or self.action.episode != episode:
            return None
        self.used = True
        return self.action


class Takeover:
    """Chooses between `action` and the devices, and hands over gently.

    A device that lets go keeps the arm for `handover_hold_s` with no motion, so that the
    policy does not snatch it between two key presses; a device that answers step by step
    hands back at once. Devices on `inputs_that_wait` are awaited by lockstep: silence, which
    is measured by the clock, says nothing about them.
    """

    def __init__(
        self,
        devices: Iterable[str],
        *,
        has_action: bool = True,
        handover_hold_s: float = 0.3,
        inputs_that_wait: Iterable[str] = (),
    ) -> None:
        """Know the ids of the `intervention_*` inputs, and those that lockstep waits for."""
        self._devices = {name: _Input(name) for name in devices}
        self._policy = _Input("action") if has_action else None
        self._handover_hold_s = handover_hold_s
        self._waits = frozenset(inputs_that_wait)
        self._driver: _Input | None = None
        self._let_go_s: float | None = None

    def receive(self, name: str, action: Action, now_s: float) -> None:
        """Take what an input says; an unknown input is ignored."""
        source = self._policy if name == "action" else self._devices.get(name)
        if source is not None:
            source.receive(action, now_s)

    def closed(self, name: str) -> None:
        """Forget a device whose node has ended."""
        source = self._devices.get(name)
        if source is not None:
            if source is self._driver and source.listens:
                self._driver = None
            source.action = None

    def reset(self) -> None:
        """Forget what was said; a device counts as disengaged until a fresh press."""
        for source in self._devices.values():
            source.reset()
        if self._policy is not None:
            self._policy.reset()
        self._driver = None
        self._let_go_s = None

    def choose(self, episode: int, step: int, now_s: float) -> Choice:
        """Return what to execute in answer to (`episode`, `step`)."""
        driver = self._person(episode, now_s)
        overrides = self._policy is not None
        if driver is not None:
            action = driver.take(episode, now_s)
            if action is None or self._let_go_s is not None:
                return Choice(
                    driver.name,
                    value=_only_gripper(action),
                    is_intervention=overrides,
                    late=action is None and self._is_late(driver, episode, step),
                )
            return Choice(driver.name, action.space, action.value, is_intervention=overrides)
        if self._policy is None:
            return Choice(HOLD)
        late = self._is_late(self._policy, episode, step)
        action = self._policy.take(episode, now_s)
        if action is None:
            return Choice(HOLD, late=late)
        return Choice("action", action.space, action.value, late=late)

    def is_awaited(self, episode: int, step: int, now_s: float) -> bool:
        """Say whether the one who drives answers step by step and has not answered this one."""
        driver = self._person(episode, now_s) or self._policy
        return driver is not None and self._is_late(driver, episode, step)

    def _person(self, episode: int, now_s: float) -> _Input | None:
        """Return the device that drives now: the first that engaged, until it lets go."""
        driver = self._driver
        if driver is not None:
            if self._engaged(driver, episode, now_s):
                self._let_go_s = None
                return driver
            if driver.listens:
                self._driver = None
            elif self._let_go_s is None:
                self._let_go_s = now_s
        for source in self._devices.values():
            if self._engaged(source, episode, now_s):
                self._driver, self._let_go_s = source, None
                return source
        if self._let_go_s is not None and now_s - self._let_go_s >= self._handover_hold_s:
            self._driver, self._let_go_s = None, None
        return self._driver

    def _engaged(self, source: _Input, episode: int, now_s: float) -> bool:
        if source.name in self._waits:
            now_s = source.received_s
        return source.is_engaged(episode, now_s)

    @staticmethod
    def _is_late(source: _Input, episode: int, step: int) -> bool:
        """Say whether an input that answers step by step has not answered this one."""
        action = source.action
        if action is None:
            return True
        return source.listens and (action.episode, action.step) != (episode, step)


def _moves(action: Action) -> bool:
    """Say whether a delta asks for anything: a motion, or the gripper."""
    return bool((action.value != hold_ee_delta()).any())


def _only_gripper(action: Action | None) -> Float32Array:
    """Keep what a device says of the gripper and drop its motion."""
    held = hold_ee_delta()
    is_delta = action is not None and action.space is ActionSpace.EE_DELTA
    held[3] = action.value[3] if action is not None and is_delta else GRIPPER_STAY
    return held
