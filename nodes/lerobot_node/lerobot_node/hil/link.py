"""The way to the learner and back: LeRobot's gRPC service, from threads that never give up."""

import contextlib
import logging
import queue
import threading
import time
from pathlib import Path
from typing import Any

import grpc
from lerobot.transport import services_pb2
from lerobot.transport.utils import receive_bytes_in_chunks, send_bytes_in_chunks

from dora_hil.errors import UserError
from lerobot_node.hil.connection import Connection, Newest
from lerobot_node.hil.episode_folder import EpisodeFolder, EpisodeFolderError, SentEpisode
from lerobot_node.hil.identity import EPISODE, STEPS, TRAINING, About, Acquaintance, StrangerError
from lerobot_node.hil.ledger import Ledger

log = logging.getLogger(__name__)

CLOSE_TIME_LIMIT_S = 5.0
RETRY_S = 1.0
READY_TIME_LIMIT_S = 2.0
SEND_TIME_LIMIT_S = 30.0
SAY_AGAIN_S = 30.0

_ITS_OWN = (
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
)
"""What a learner that is there says of an episode; its words say why."""


class LearnerLink:
    """Sends episodes, receives weights; nobody waits for it.

    An episode lies on the disk until the learner has answered both of its calls: one that is not
    answered is sent again, by the next actor too. The learner knows it by its name.

    Attributes:
        weights: the newest ones.
        failures: calls that failed so far.
        has_tried: whether the learner has been looked for, and met if it is there.
        refusal: why this learner is not to be talked to; empty where it is.
        updates: of the learner, when the newest episode was sent; None where it does not say.
    """

    def __init__(
        self,
        host: str,
        port: int,
        unconfirmed: EpisodeFolder,
        *,
        acquaintance: Acquaintance | None = None,
        steps: int = 0,
    ) -> None:
        """Start the threads; the learner need not be there yet.

        What earlier actors have left in `unconfirmed` is sent first; its steps are among `steps`,
        those of all episodes until now. Without an acquaintance any learner is the right one.

        Raises:
            EpisodeFolderError: what was left there cannot be read.
        """
        self.weights = Newest()
        self.failures = 0
        self.has_tried, self.refusal = False, ""
        self.updates: int | None = None
        self._address = f"{host}:{port}"
        self._acquaintance = acquaintance
        self._folder = unconfirmed
        self._stop = threading.Event()
        self._waiting: queue.SimpleQueue[Path | None] = queue.SimpleQueue()
        self._unwritten: dict[Path, SentEpisode] = {}
        left = {path: SentEpisode.read(path, whole=False).steps for path in unconfirmed.paths()}
        for path in left:
            self._waiting.put(path)
        self._ledger = Ledger(steps, left)
        self._is_reachable: bool | None = None
        self._noting = threading.Lock()
        self._said_s = 0.0
        self._stream: Any = None
        self._connections = [Connection(self._address) for _ in range(2)]
        works = {"weights": self._receive, "episodes": self._send}
        self._threads = [
            threading.Thread(target=work, args=(connection,), name=name, daemon=True)
            for (name, work), connection in zip(works.items(), self._connections, strict=True)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def unconfirmed(self) -> int:
        """Return how many episodes the learner has not confirmed."""
        return self._ledger.unconfirmed

    @property
    def unconfirmed_steps(self) -> int:
        """Return how many steps these have."""
        return self._ledger.unconfirmed_steps

    def take_correction(self) -> About | None:
        """Return, once, a learner that has another number of steps than was counted here."""
        return self._ledger.take_correction()

    def send(self, episode: SentEpisode) -> None:
        """Keep an episode, and send it as soon as that is possible.

        Raises:
            EpisodeFolderError: the disk does not take it; it is sent from memory.
        """
        path = Path(episode.id)
        self._unwritten[path] = episode
        try:
            path = self._folder.add(episode)
            del self._unwritten[Path(episode.id)]
        finally:
            self._ledger.add(path, episode.steps)
            self._waiting.put(path)

    def deliver(self, time_limit_s: float) -> bool:
        """Wait until the learner has confirmed everything; returns whether it has."""
        deadline_s = time.monotonic() + time_limit_s
        while self.unconfirmed and not self.refusal and time.monotonic() < deadline_s:
            time.sleep(0.05)
        return self.unconfirmed == 0

    def close(self) -> None:
        """Leave, whatever is still on its way."""
        self._stop.set()
        self._waiting.put(None)
        # Ends what is on its way: an open stream would keep one of the learner's workers.
        for connection in self._connections:
            connection.close()
        # A thread that is still in torch when Python ends ends the process with an abort.
        for thread in self._threads:
            thread.join(CLOSE_TIME_LIMIT_S)

    def _send(self, connection: Connection) -> None:
        while (path := self._waiting.get()) is not None:
            episode = self._unwritten.get(path)
            # Gone: another actor was started in this folder, and has had it confirmed.
            if episode is not None or path.exists():
                try:
                    episode = episode or SentEpisode.read(path)
                except EpisodeFolderError as error:
                    self.refusal = str(error)
                    return
                while not self._stop.is_set() and not self._is_confirmed(connection, episode):
                    self._stop.wait(RETRY_S)
                if self._stop.is_set():
                    return
                if self._unwritten.pop(path, None) is None:
                    # What cannot be removed is sent again, and known by its name.
                    with contextlib.suppress(OSError):
                        path.unlink()
            self._ledger.confirm(path)

    def _is_confirmed(self, connection: Connection, episode: SentEpisode) -> bool:
        if self.refusal:
            return False
        try:
            training = self._meet(connection)
            named = [(EPISODE, episode.id), (STEPS, str(episode.steps))]
            if training:
                named.append((TRAINING, training))
            stub = connection.stub
            for call, data, message in (
                (stub.SendTransitions, episode.transitions, services_pb2.Transition),
                (stub.SendInteractions, episode.figures, services_pb2.InteractionMessage),
            ):
                chunks = send_bytes_in_chunks(data, message)
                call(chunks, timeout=SEND_TIME_LIMIT_S, metadata=named)
        except (StrangerError, ValueError):
            # ValueError: the channel was closed.
            return False
        except grpc.RpcError as error:
            self._note(error)
            if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                # Where this machine's address has changed, or the other one vanished without a
                # word, the kernel goes on for a quarter of an hour, and gRPC with it.
                for each in self._connections:
                    each.reopen()
            if error.code() is grpc.StatusCode.INVALID_ARGUMENT:
                self.refusal = f"the learner at {self._address}: {error.details()}"
            return False
        self._note(None)
        return True

    def _meet(self, connection: Connection) -> str | None:
        """See who answers; returns the training's id where the learner has said one.

        Raises:
            StrangerError: it is not the learner of this training.
            grpc.RpcError: nobody answers.
        """
        confirmed_steps = self._ledger.confirmed_steps
        _, call = connection.stub.Ready.with_call(services_pb2.Empty(), timeout=READY_TIME_LIMIT_S)
        if self._acquaintance is None:
            return None
        try:
            about = About.read(call.initial_metadata())
            with self._noting:
                self._acquaintance.meet(about, self._address)
        except UserError as error:
            self.refusal = self.refusal or str(error)
            self.has_tried = True
            raise StrangerError(str(error)) from None
        self.updates = None if about is None else about.updates
        if about is None:
            return None
        self._ledger.compare(about, confirmed_steps)
        return about.training

    def _receive(self, connection: Connection) -> None:
        while not self._stop.is_set():
            try:
                self._meet(connection)
                self._note(None)
                self._stream = connection.stub.StreamParameters(services_pb2.Empty())
                receive_bytes_in_chunks(self._stream, self.weights, self._stop, "weights")
            except StrangerError:
                return
            except grpc.RpcError as error:
                # A cancelled stream is asked for again; if nobody is there, `Ready` finds out.
                if error.code() is not grpc.StatusCode.CANCELLED:
                    self._note(error)
            except Exception:
                # A channel that was closed raises too.
                if not self._stop.is_set():
                    log.exception("weights from %s cannot be read", self._address)
            self._stop.wait(RETRY_S)

    def _note(self, error: grpc.RpcError | None) -> None:
        """Say when the learner goes and when it is back, not every time it is tried."""
        with self._noting:
            if not self._stop.is_set():
                self._note_alone(error)
        self.has_tried = True

    def _note_alone(self, error: grpc.RpcError | None) -> None:
        if error is None:
            if self._is_reachable is not True:
                log.info("the learner at %s answers", self._address)
            if self._is_reachable is False and self._stream is not None:
                # It may come from a machine that has vanished without a word.
                self._stream.cancel()
            self._is_reachable = True
            return
        self.failures += 1
        now_s = time.monotonic()
        if self._is_reachable is not False or now_s - self._said_s > SAY_AGAIN_S:
            is_its_own = error.code() in _ITS_OWN
            log.warning(
                "the learner at %s takes no episode (%s); %d episode(s) wait on the disk"
                if is_its_own
                else "the learner at %s does not answer (%s); %d episode(s) wait on the disk",
                self._address,
                error.details() if is_its_own else error.code().name,
                self.unconfirmed,
            )
            self._said_s = now_s
        self._is_reachable = False
