"""What a person at a leader arm is told."""

import logging
from collections.abc import Mapping
from typing import Final

from leader_node.hand_over import State
from leader_node.hand_over_rules import HandOverRules, TakeOver

log = logging.getLogger(__name__)

PERIOD_S: Final = 1.0


class Announcer:
    """Says what changes, once, and how far apart leader and follower are, once a second."""

    def __init__(self, rules: HandOverRules, *, can_move: bool) -> None:
        """Word what the rules mean; `can_move` is whether the leader has motors to move it."""
        self._agree_within_deg = rules.agree_within_deg
        self._said = ""
        self._differences_s = float("-inf")
        self._has_new_state = False
        is_push = rules.take_over is TakeOver.PUSH
        hand_back = f"; hold it still for {rules.release_after_still_s:g} s to hand back"
        come_by_hand = "bring the leader to the follower's pose; it drives from there"
        self._lines = {
            State.ALIGNING: "the leader goes to the follower's pose; let it"
            if can_move
            else come_by_hand,
            State.MIRRORING: "the leader follows; push it to take over",
            State.DRIVING: f"the leader drives{hand_back if is_push else ''}",
        }
        if is_push and not can_move:
            log.warning(
                "LeRobot cannot move this leader: it follows nobody, and is not taken over by a "
                "push but by moving it at the follower's pose"
            )

    def no_leader(self, why: str) -> None:
        """Say why there is none, or nothing the second time."""
        self._say(logging.WARNING, f"no leader: {why}")

    def no_follower(self) -> None:
        """Say that the body is not heard."""
        self._say(logging.INFO, "waiting for the follower's pose")

    def state(self, state: State) -> None:
        """Say what the leader does."""
        if self._say(logging.INFO, self._lines[state]):
            self._has_new_state = True

    def differences(
        self, now_s: float, apart_deg: Mapping[str, float], *, is_handled: bool
    ) -> None:
        """Say how far each joint has to go: once, and while it is handled once in `PERIOD_S`.

        That is leader less follower, by joint; degrees, and percent of the gripper.
        """
        if not (is_handled or self._has_new_state):
            return
        far = {
            name: value for name, value in apart_deg.items() if abs(value) > self._agree_within_deg
        }
        if not far or now_s - self._differences_s < PERIOD_S:
            return
        self._differences_s, self._has_new_state = now_s, False
        joints = ", ".join(f"{name.removesuffix('.pos')} {far[name]:+.0f}" for name in far)
        log.info("leader less follower: %s", joints)

    def _say(self, level: int, line: str) -> bool:
        """Say what was not just said; returns whether it was."""
        if line == self._said:
            return False
        self._said = line
        log.log(level, "%s", line)
        return True
