"""A leader and a follower made of numbers, for tests of who drives."""

from dataclasses import replace
from typing import Final

import numpy as np

from dora_hil.stream.actions import Float64Array
from dora_hil.stream.timestep import Phase
from leader_node.follower import FollowerView
from leader_node.hand_over import Ask, HandOver, State
from leader_node.hand_over_rules import HandOverRules, TakeOver

DT_S: Final = 1 / 30


class TwoArms:
    """A leader, its follower and the time; a body that believes an engaged leader at once.

    Attributes:
        leader: float64[2], degrees; None where it is unplugged.
        pushed: what a hand adds to the pose of a leader that is held by its motors.
        follower: see `FollowerView`; None where the body is silent.
        asks: everything the leader asked for.
    """

    def __init__(self, *, can_move: bool, take_over: TakeOver = TakeOver.ALWAYS) -> None:
        """Put the leader 40 degrees from the follower."""
        self.leader: Float64Array | None = np.array([40.0, 0.0])
        self.pushed: Float64Array = np.zeros(2)
        place = np.zeros(2)
        self.follower: FollowerView | None = FollowerView(
            place, place, True, False, (0, Phase.RUNNING)
        )
        self.hand_over = HandOver(HandOverRules(take_over), can_move=can_move)
        self.now_s = 100.0
        self.asks: list[Ask] = []
        self.believes = True

    def does(self) -> State:
        """Return what the leader does."""
        return self.hand_over.state

    def tick(self, dt_s: float = DT_S) -> Ask:
        """Take one tick; the follower goes where it is driven, motors where they are sent."""
        self.now_s += dt_s
        ask = self.hand_over.step(self.now_s, self.leader, self.follower)
        if ask.goal is not None and self.leader is not None:
            self.leader = ask.goal + self.pushed
        if self.follower is not None:
            self.follower = replace(
                self.follower, is_driven_by_leader=ask.engaged and self.believes
            )
            if ask.engaged and self.believes and ask.value is not None:
                self.follower = replace(self.follower, pose=ask.value, target=ask.value)
        self.asks.append(ask)
        return ask

    def run(self, seconds: float) -> list[Ask]:
        """Take ticks for so long."""
        return [self.tick() for _ in range(round(seconds / DT_S))]

    def move(self, pose: tuple[float, float]) -> None:
        """Move the leader by hand, in half a second."""
        assert self.leader is not None
        start = self.leader
        for share in np.linspace(0.0, 1.0, 15):
            self.leader = start + share * (np.array(pose) - start)
            self.tick()

    def see(self, *, phase: Phase | None = None, episode: int = 0, may_drive: bool = True) -> None:
        """Let the body say where in an episode it is."""
        assert self.follower is not None
        stretch = (episode, phase or Phase.RUNNING)
        self.follower = replace(self.follower, stretch=stretch, may_drive=may_drive)

    def follower_goes(self, pose: tuple[float, float]) -> None:
        """Let somebody else move the follower."""
        assert self.follower is not None
        place = np.array(pose)
        self.follower = replace(self.follower, pose=place, target=place)
