"""LeRobot's gRPC service, which confirms nothing that will not be stored."""

import queue
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import grpc
from lerobot.rl.learner_service import LearnerService
from lerobot.transport import services_pb2
from lerobot.transport.utils import (
    bytes_to_transitions,
    receive_bytes_in_chunks,
    send_bytes_in_chunks,
)

from dora_hil.config import ConfigError
from lerobot_node.hil.episode_folder import EpisodeFolder, EpisodeFolderError, SentEpisode
from lerobot_node.hil.identity import EPISODE, STEPS, TRAINING, About

_NEVER = threading.Event()
_POLL_S = 0.1


class InboxQueue(queue.Queue[Any]):
    """A queue between threads, where LeRobot has one between processes.

    What is put into that one takes a moment until it can be seen.

    Attributes:
        taken: the steps of episodes that were taken out, by their id, until somebody clears it.
    """

    def __init__(self, maxsize: int = 0) -> None:
        """Start empty."""
        super().__init__(maxsize)
        self.taken: dict[str, int] = {}

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Return the oldest message's bytes; of an episode, its transitions."""
        item = super().get(block, timeout)
        if not isinstance(item, SentEpisode):
            return item
        self.taken[item.id] = item.steps
        return item.transitions

    def close(self) -> None:
        """Do what a queue between processes needs: nothing here."""

    def cancel_join_thread(self) -> None:
        """Do what a queue between processes needs: nothing here."""


class Received:
    """The episodes that this learner can go on from, and never learns from twice.

    Attributes:
        folder: those that no checkpoint has yet.
    """

    def __init__(self, folder: EpisodeFolder, stored: dict[str, int]) -> None:
        """Take up what is there.

        Args:
            folder: an episode lies there from before it is confirmed until a checkpoint has it.
            stored: the steps of those that the last checkpoint has, by their id.

        Raises:
            EpisodeFolderError: one of them cannot be read.
        """
        self.folder = folder
        folder.remove(stored)
        self.steps = dict(stored) | {e.id: e.steps for e in folder.heads()}

    def about(
        self, training: str, folder: str, job: dict[str, str], updates: int | None = None
    ) -> About:
        """Return what to tell an actor; see `About`."""
        # A copy: another call may add one meanwhile.
        steps = tuple(self.steps.values())
        if any(count < 0 for count in steps):
            return About(training, folder, job, -1, -1, updates)
        return About(training, folder, job, len(steps), sum(steps), updates)

    def keep(self, episode: SentEpisode) -> None:
        """Write one that has come."""
        self.folder.add(episode)
        self.steps[episode.id] = episode.steps


class ConfirmingService(LearnerService):  # type: ignore[misc] # LeRobot has no types
    """Answers a call when what it carried cannot get lost any more.

    LeRobot's own answers as well while the learner leaves, and drops what it was sent. An episode
    of this project's actor comes in two calls that name it; with the second it is written, and
    lies in the queues. LeRobot's actor sends all of them in one call without a name: they lie in
    the queue when they are answered.
    """

    received: Received | None = None
    """Where named episodes are written; None keeps them in memory alone."""

    about: Callable[[], About] | None = None
    """What to tell an actor that asks."""

    def __init__(self, **parts: Any) -> None:
        """Take LeRobot's parts."""
        super().__init__(**parts)
        self._is_leaving = False
        self._entering = threading.Lock()
        self._halves: dict[str, bytes] = {}
        self._newest: bytes | None = None
        self._pushes = 0
        self._taking = threading.Lock()

    def leave(self) -> None:
        """Confirm nothing from now on."""
        with self._entering:
            self._is_leaving = True

    def Ready(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's
        """Say who this is."""
        if self.about is not None:
            context.send_initial_metadata(self.about().metadata())
        return services_pb2.Empty()

    def StreamParameters(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802 - gRPC's
        """Send the newest weights to one more actor, until it has gone.

        LeRobot's own never sees that it has, and keeps a worker for it; it has no weights for an
        actor that comes second before something was learned.
        """
        gone = threading.Event()
        context.add_callback(gone.set)
        sent = 0
        while not (gone.is_set() or self.shutdown_event.is_set()):
            pushes, weights = self._newest_weights()
            if weights is None or pushes == sent:
                gone.wait(_POLL_S)
                continue
            yield from send_bytes_in_chunks(weights, services_pb2.Parameters)
            sent = pushes
            gone.wait(self.seconds_between_pushes)

    def _newest_weights(self) -> tuple[int, bytes | None]:
        with self._taking:
            while not self.parameters_queue.empty():
                self._newest = self.parameters_queue.get()
                self._pushes += 1
            return self._pushes, self._newest

    def SendTransitions(self, request_iterator: Any, context: Any) -> Any:  # noqa: N802 - gRPC's
        """Take the transitions of an episode."""
        named = self._named(context)
        if named is None:
            return self._take(request_iterator, context, self.transition_queue)
        if not self._has(named):
            transitions = receive_bytes_in_chunks(request_iterator, None, _NEVER, "[LEARNER]")
            try:
                bytes_to_transitions(transitions)
            except Exception as error:
                # They would end the learner's loop, now and at every later start.
                context.abort(
                    grpc.StatusCode.INVALID_ARGUMENT, f"transitions cannot be read: {error}"
                )
            self._halves = {named: transitions}
        return services_pb2.Empty()

    def SendInteractions(self, request_iterator: Any, context: Any) -> Any:  # noqa: N802 - gRPC's
        """Take the figures of an episode; if it has a name, all of it is there now."""
        named = self._named(context)
        if named is None:
            return self._take(request_iterator, context, self.interaction_message_queue)
        if self._has(named):
            return services_pb2.Empty()
        figures = receive_bytes_in_chunks(request_iterator, None, _NEVER, "[LEARNER]")
        transitions = self._halves.pop(named, None)
        if transitions is None or figures is None:
            # A learner that has restarted in between; the actor sends both again.
            return context.abort(grpc.StatusCode.ABORTED, "half of the episode has not come")
        steps = int(_value(context, STEPS) or 0)
        episode = SentEpisode(transitions, figures, steps, id=named)
        try:
            is_in = self._enter(partial(self.let_in, episode, is_new=True))
        except EpisodeFolderError as error:
            # Raises; the actor keeps it, and tries again.
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, str(error))
        if not is_in:
            context.abort(grpc.StatusCode.UNAVAILABLE, "the learner is leaving")
        return services_pb2.Empty()

    def let_in(self, episode: SentEpisode, *, is_new: bool, has_figures: bool = True) -> None:
        """Put an episode where it is learned from.

        Args:
            episode: all of it.
            is_new: it has just come, and is written first.
            has_figures: its figures are not in the metrics yet.

        Raises:
            EpisodeFolderError: the disk does not take it.
        """
        if is_new and self.received is not None:
            if episode.id in self.received.steps:
                return
            self.received.keep(episode)
        self.transition_queue.put(episode)
        if has_figures:
            self.interaction_message_queue.put(episode.figures)

    def _named(self, context: Any) -> str | None:
        """Return the episode's name, once it is clear that the actor means this training.

        gRPC ends a call whose learner is not the one that the actor has met.
        """
        meant = _value(context, TRAINING)
        if meant and self.about is not None and meant != self.about().training:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "this is another training")
        return _value(context, EPISODE)

    def _has(self, named: str) -> bool:
        return self.received is not None and named in self.received.steps

    def _enter(self, let_in: Callable[[], None]) -> bool:
        """Let something in, alone, unless this learner leaves; returns whether it is in."""
        with self._entering:
            if not self._is_leaving:
                let_in()
            return not self._is_leaving

    def _take(self, chunks: Any, context: Any, into: Any) -> Any:
        are_in = True
        while (data := receive_bytes_in_chunks(chunks, None, _NEVER, "[LEARNER]")) is not None:
            are_in &= self._enter(partial(into.put, data))
        if not are_in:
            # Raises; the actor sends it again, to the next learner.
            context.abort(grpc.StatusCode.UNAVAILABLE, "the learner is leaving")
        return services_pb2.Empty()


def _value(context: Any, key: str) -> str | None:
    value = dict(context.invocation_metadata() or ()).get(key)
    return None if value is None else str(value)


def check_port(service: Any) -> None:
    """See whether nobody else listens; gRPC would share the port, or fail in a thread.

    Raises:
        ConfigError: somebody does.
    """
    host, port = service.learner_host, service.learner_port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ConfigError(
            f"policy.actor_learner_config: {host}:{port} cannot be listened on: {error.strerror}; "
            "another training may run there: end it, or give this one a port of its own with "
            "TRAIN_ARGS=--policy.actor_learner_config.learner_port=..."
        ) from None
