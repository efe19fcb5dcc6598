"""A leader arm as a device of a dataflow."""

import time
from collections.abc import Callable

import numpy as np

from dora_hil.errors import UserError
from dora_hil.node.node import Event, EventKind
from dora_hil.stream.actions import ActionSpace, Float64Array
from dora_hil.stream.messages import Action, Control, Status
from dora_hil.stream.timestep import TimeStep
from leader_node.announcer import Announcer
from leader_node.arm_link import ArmLink
from leader_node.follower import Follower
from leader_node.hand_over import HandOver, State


class JointsError(UserError):
    """A leader that lacks joints of its follower; the text names them."""


class LeaderDevice:
    """Reads an arm once a tick and says what it asks for; without an arm it idles."""

    def __init__(
        self,
        link: ArmLink,
        joints: tuple[str, ...],
        follower: Follower,
        hand_over: HandOver,
        announcer: Announcer,
    ) -> None:
        """Take the parts; the arm's joints have LeRobot's names."""
        self._link = link
        self._joints = joints
        self._follower = follower
        self._hand_over = hand_over
        self._announcer = announcer
        self._goal: dict[str, float] | None = None

    def start(self, send: Callable[[Control], None]) -> None:
        """Do nothing: a leader commands no episodes, and is connected at the first tick."""

    def hear(self, event: Event, status: Status | None) -> None:
        """Take what the body says.

        Raises:
            FollowerError: its joints are not sent, or not measured.
            JointsError: it has joints that the leader has not.
        """
        if event.id != "episode" or event.kind is not EventKind.INPUT:
            return
        timestep = TimeStep.from_arrow(event.value, event.metadata or {})
        self._follower.hear(timestep, time.monotonic())
        missing = [joint for joint in self._follower.joints if joint not in self._joints]
        if missing:
            raise JointsError(
                f"the leader has no {', '.join(missing)}, which the follower is driven by; "
                f"it has {', '.join(self._joints)}"
            )

    def action(self) -> Action:
        """Return what is asked for; float32[n] in the follower's order, NaN without a leader."""
        reading = self._link.exchange(self._goal)
        now_s = time.monotonic()
        view = self._follower.view(now_s)
        joints = self._follower.joints or self._joints
        leader = np.array([reading.pose[name] for name in joints]) if reading else None
        ask = self._hand_over.step(now_s, leader, view)
        self._goal = None if ask.goal is None else dict(zip(joints, ask.goal.tolist(), strict=True))
        self._announce(now_s, leader, view.pose if view else None)
        value = np.full(len(joints), np.nan) if ask.value is None else ask.value
        return Action(
            value.astype(np.float32),
            ActionSpace.JOINT,
            engaged=ask.engaged,
            t_obs_ns=reading.t_ns if reading else time.monotonic_ns(),
        )

    def stop(self) -> None:
        """Let go of the arm."""
        self._link.close()

    def _announce(
        self, now_s: float, leader: Float64Array | None, follower: Float64Array | None
    ) -> None:
        if leader is None:
            if self._link.failure:
                self._announcer.no_leader(self._link.failure)
            return
        if follower is None:
            self._announcer.no_follower()
            return
        self._announcer.state(self._hand_over.state)
        if self._hand_over.state is State.ALIGNING:
            apart = (leader - follower).tolist()
            self._announcer.differences(
                now_s,
                dict(zip(self._follower.joints, apart, strict=True)),
                is_handled=self._hand_over.is_handled(),
            )
