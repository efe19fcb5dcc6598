"""Who drives: when a leader follows, when it is let go of, and when what it says counts.

Poses are float64[n] in LeRobot's units: degrees, and percent of the gripper's opening. A percent
counts as a degree.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from dora_hil.stream.actions import Float64Array
from leader_node.follower import FollowerView
from leader_node.hand_over_rules import HandOverRules, TakeOver
from leader_node.motion import CommandedPath, Stillness, apart_deg, approached


class State(StrEnum):
    """What a leader does.

    Attributes:
        ABSENT: nothing; it, or the follower, is not heard.
        ALIGNING: it comes to the follower's pose, by itself or by hand.
        MIRRORING: it follows the follower and waits for a push.
        DRIVING: it drives.
    """

    ABSENT = "absent"
    ALIGNING = "aligning"
    MIRRORING = "mirroring"
    DRIVING = "driving"


@dataclass(frozen=True, eq=False)
class Ask:
    """What a leader asks for in one tick.

    Attributes:
        value: the pose to send; None where the leader is not heard.
        engaged: it drives.
        goal: where its motors bring it; None switches their torque off.
    """

    value: Float64Array | None
    engaged: bool
    goal: Float64Array | None


class HandOver:
    """Brings a leader and its follower together before the one drives the other.

    The follower never jumps: the first pose said after an engagement is the one it was sent to
    last, and what the leader differs from it by is taken back at `speed_deg_s`.
    """

    AGREE_S: Final = 0.3
    """How long they have to agree; at least one disengaged message is sent after a reset."""
    PUSH_S: Final = 0.15
    HANDLED_S: Final = 1.0
    """A leader that has moved so recently is not lying about."""
    HEARD_S: Final = 0.5
    """For so long the body may name another driver, or none, before it is believed."""
    STALL_S: Final = 0.25
    """After such a gap the body has counted the device as silent."""

    def __init__(self, rules: HandOverRules, *, can_move: bool) -> None:
        """Begin without a leader; `can_move` where it has motors that can be sent to a pose."""
        self.state = State.ABSENT
        self._rules = rules
        self._can_move = can_move
        self._mirrors = can_move and rules.take_over is TakeOver.PUSH
        self._stillness = Stillness()
        self._path = CommandedPath()
        self._goal: Float64Array | None = None
        self._offset: Float64Array = np.zeros(0)
        self._now_s = float("-inf")
        self._fits_since_s: float | None = None
        self._heard_s = 0.0
        self._drives_since_s = 0.0
        self._stretch: object = None

    def step(self, now_s: float, leader: Float64Array | None, follower: FollowerView | None) -> Ask:
        """Take one tick, with the leader's measured pose; None stands for who is not heard."""
        dt_s, self._now_s = now_s - self._now_s, now_s
        has_stalled = dt_s >= self.STALL_S
        step_deg = 0.0 if has_stalled else self._rules.speed_deg_s * dt_s
        if leader is None or follower is None:
            self.state = State.ABSENT
            if leader is None:
                self._let_go()
            return Ask(leader, engaged=False, goal=self._goal)
        self._stillness.see(now_s, leader)
        before = self.state
        self.state = State.ALIGNING if has_stalled else self._next(leader, follower)
        if self.state is not before:
            self._fits_since_s = None
        if self.state is State.DRIVING:
            self._let_go()
            if before is not State.DRIVING:
                self._stretch = follower.stretch
                self._heard_s = self._drives_since_s = now_s
                self._offset = follower.target - leader
            else:
                self._offset = approached(self._offset, np.zeros_like(self._offset), step_deg)
            return Ask(leader + self._offset, engaged=True, goal=None)
        if self._can_move:
            self._move(leader, follower, step_deg)
        return Ask(leader, engaged=False, goal=self._goal)

    def is_handled(self) -> bool:
        """Say whether the leader has just been moved."""
        return self._stillness.lasted_s(self._now_s) < self.HANDLED_S

    def _next(self, leader: Float64Array, follower: FollowerView) -> State:
        """Return the state that this tick leads to."""
        match self.state:
            case State.ALIGNING if self._has_agreed(leader, follower):
                return State.MIRRORING if self._mirrors else State.DRIVING
            case State.MIRRORING if self._is_pushed(leader, follower):
                return State.DRIVING
            case State.DRIVING if self._has_lost(follower) or self._hands_back():
                return State.ALIGNING
            case State.ABSENT:
                return State.ALIGNING
        return self.state

    def _let_go(self) -> None:
        self._goal = None
        self._path.clear()

    def _move(self, leader: Float64Array, follower: FollowerView, step_deg: float) -> None:
        goal = leader if self._goal is None else self._goal
        goal = approached(goal, follower.pose, step_deg)
        if self.state is State.ALIGNING:
            # A hand that holds it back is pulled at no harder than a push takes.
            reach_deg = self._rules.push_by_deg
            goal = np.clip(goal, leader - reach_deg, leader + reach_deg)
        self._goal = goal
        self._path.add(self._now_s, goal)

    def _has_lost(self, follower: FollowerView) -> bool:
        """Say whether the body has taken the arm away from a leader that drives."""
        if follower.is_driven_by_leader:
            self._heard_s = self._now_s
        return (
            not follower.may_drive
            or follower.stretch != self._stretch
            or self._now_s - self._heard_s > self.HEARD_S
        )

    def _has_agreed(self, leader: Float64Array, follower: FollowerView) -> bool:
        """Say whether an aligning leader has come to the follower, for good."""
        fits = apart_deg(leader, follower.pose) <= self._rules.agree_within_deg
        if not self._mirrors:
            fits = fits and follower.may_drive
            if self._rules.take_over is TakeOver.PUSH:
                # It cannot be pushed. Lying still it agrees by chance, in no hand.
                fits = fits and self.is_handled()
        return self._has_lasted(self.AGREE_S, fits)

    def _is_pushed(self, leader: Float64Array, follower: FollowerView) -> bool:
        # At its end stop a leader is left behind by its goal, but does not move.
        beside = self._path.distance_deg(leader) > self._rules.push_by_deg
        return self._has_lasted(self.PUSH_S, beside and self.is_handled() and follower.may_drive)

    def _has_lasted(self, duration_s: float, holds: bool) -> bool:
        """Say whether a condition has held for so long, in this state."""
        if not holds:
            self._fits_since_s = None
            return False
        if self._fits_since_s is None:
            self._fits_since_s = self._now_s
        return self._now_s - self._fits_since_s >= duration_s

    def _hands_back(self) -> bool:
        is_push = self._rules.take_over is TakeOver.PUSH
        still_s = min(self._stillness.lasted_s(self._now_s), self._now_s - self._drives_since_s)
        return is_push and still_s >= self._rules.release_after_still_s
