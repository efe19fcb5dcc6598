"""Answers the steps of one episode with its recorded actions, and ends it as it was ended."""

import time

from dora_hil.stream.actions import ActionSpace, hold_ee_delta
from dora_hil.stream.messages import Action, Command, Control
from dora_hil.stream.timestep import Kind, TimeStep
from lerobot_node.replay.source import SourceEpisode

_ANSWERED = (Kind.FIRST, Kind.MID)


class Player:
    """Plays one recorded episode."""

    def __init__(self, source: SourceEpisode, space: ActionSpace, *, say_success: bool) -> None:
        """Take the recording, and how its actions are meant; see `SourceEpisode.end_command`."""
        self._source = source
        self._space = space
        self._end_command = source.end_command(say_success=say_success)
        self._presses = 0

    def answer(self, timestep: TimeStep) -> list[Control | Action]:
        """Return the answer to a FIRST or MID, in the order in which it has to be sent.

        The command that ends the episode goes out before the last action: a body follows a
        command with its next step, and in lockstep that is the one this action allows. After
        the last action the arm is held until the body has followed the command.
        """
        if timestep.kind not in _ANSWERED:
            return []
        step, length = timestep.step, self._source.length
        answer: list[Control | Action] = []
        if step >= length - 1:
            command = self._end_command if step == length - 1 else Command.NEXT
            answer.append(Control(command, self._presses, timestep.episode, time.monotonic_ns()))
            self._presses += 1
        has_action = step < length
        answer.append(
            Action(
                self._source.action[step] if has_action else hold_ee_delta(),
                self._space if has_action else ActionSpace.EE_DELTA,
                timestep.episode,
                step,
                t_obs_ns=timestep.t_capture_ns,
            )
        )
        return answer
