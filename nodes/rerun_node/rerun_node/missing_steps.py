"""Counts the steps of an episode that are not shown."""

import logging

from dora_hil.stream.frames import FrameAssembler
from dora_hil.stream.timestep import Kind, TimeStep

log = logging.getLogger(__name__)


class MissingSteps:
    """Says once per episode how many steps were dropped, wherever on their way.

    It sees gaps, so the last steps of an episode are not counted where they are missing.
    """

    def __init__(self) -> None:
        """Begin before the first episode."""
        self._frames = FrameAssembler()
        self._episode = -1

    def shown(self, step: TimeStep) -> None:
        """Note a message that is shown; a new episode makes it speak of the one before."""
        if step.kind is Kind.PHASE:
            return
        if step.episode != self._episode:
            self.say()
            self._episode = step.episode
        self._frames.push(step)

    def say(self) -> None:
        """Say what is missing of the present episode, if anything is."""
        if self._frames.episode_gaps:
            log.info(
                "episode %d: at least %d steps are not in the view, which drops what it has no "
                "time for",
                self._episode,
                self._frames.episode_gaps,
            )
