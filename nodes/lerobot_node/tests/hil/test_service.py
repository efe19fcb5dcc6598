"""LeRobot's gRPC service, which confirms nothing that will not be stored."""

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc
import pytest
import torch
from learner_rig import LearnerRig
from lerobot.transport import services_pb2
from lerobot.transport.utils import send_bytes_in_chunks, transitions_to_bytes

from lerobot_node.hil.connection import Connection
from lerobot_node.hil.episode_folder import EpisodeFolder, SentEpisode
from lerobot_node.hil.identity import EPISODE as EPISODE_KEY
from lerobot_node.hil.identity import TRAINING, Acquaintance
from lerobot_node.hil.link import LearnerLink
from lerobot_node.hil.service import ConfirmingService, InboxQueue, Received

JOB = {"job_name": "pick"}
TRANSITIONS = transitions_to_bytes([])
EPISODE = SentEpisode(TRANSITIONS, b"figures", 3)


@pytest.fixture
def learner(tmp_path: Path) -> Iterator[LearnerRig]:
    """Return a learner with this service, which listens."""
    rig = LearnerRig(ConfirmingService)
    start(rig, tmp_path)
    yield rig
    rig.kill()


@pytest.fixture
def stub(learner: LearnerRig) -> Iterator[Any]:
    """Return what calls are made on."""
    with closing(Connection(f"127.0.0.1:{learner.port}")) as connection:
        yield connection.stub


def start(rig: LearnerRig, folder: Path, stored: dict[str, int] | None = None) -> None:
    """Start it with what lies in its folder, and what its last checkpoint has."""
    rig.start()
    received = Received(EpisodeFolder(folder / "received"), stored or {})
    rig.service.received = received
    rig.service.about = lambda: received.about("id-1", "/gpu", JOB)


def link_to(rig: LearnerRig, folder: Path, *, job: dict[str, str] | None = None) -> LearnerLink:
    """Return an actor's way to it."""
    acquaintance = Acquaintance(job or JOB, folder / "actor", is_new=True, joins=False)
    waiting = EpisodeFolder(folder / "actor/unconfirmed")
    return LearnerLink("127.0.0.1", rig.port, waiting, acquaintance=acquaintance)


def deliver(rig: LearnerRig, folder: Path) -> None:
    """Let an actor come, send EPISODE and leave."""
    with closing(link_to(rig, folder)) as link:
        link.send(EPISODE)
        assert link.deliver(20.0)


def test_what_is_confirmed_lies_on_the_learners_disk(learner: LearnerRig, tmp_path: Path) -> None:
    """And in its queues; the actor's own copy goes only then."""
    deliver(learner, tmp_path)
    assert [e.id for e in EpisodeFolder(tmp_path / "received").heads()] == [EPISODE.id]
    assert EpisodeFolder(tmp_path / "actor/unconfirmed").paths() == []
    assert learner.waiting() == ([TRANSITIONS], [b"figures"])


def test_an_episode_that_comes_twice_is_learned_from_once(
    learner: LearnerRig, tmp_path: Path
) -> None:
    """Its answer was lost, or the actor was killed before it heard it; also over a restart."""
    for _ in range(2):
        deliver(learner, tmp_path)
    assert learner.waiting() == ([TRANSITIONS], [b"figures"])
    learner.kill()
    start(learner, tmp_path)
    deliver(learner, tmp_path)
    assert learner.waiting() == ([], [])


def test_what_a_checkpoint_has_is_not_kept_twice(tmp_path: Path) -> None:
    """Killed between the checkpoint and the removal."""
    folder = EpisodeFolder(tmp_path)
    folder.add(EPISODE)
    received = Received(folder, {EPISODE.id: EPISODE.steps})
    assert folder.paths() == []
    about = received.about("id", "/gpu", JOB)
    assert (about.episodes, about.steps) == (1, EPISODE.steps)


def test_a_learner_that_leaves_confirms_nothing(learner: LearnerRig, tmp_path: Path) -> None:
    """The actor keeps the episode for the next one; LeRobot's own would drop it."""
    learner.service.leave()
    with closing(link_to(learner, tmp_path)) as link:
        link.send(EPISODE)
        assert not link.deliver(1.0)
        assert link.unconfirmed == 1
    assert learner.waiting() == ([], [])
    assert len(EpisodeFolder(tmp_path / "actor/unconfirmed").paths()) == 1


def test_an_actor_of_another_job_sends_nothing_and_gets_no_weights(
    learner: LearnerRig, tmp_path: Path
) -> None:
    """Two trainings at once, one port: said in one line before the first episode."""
    learner.push({"policy": {"w": torch.zeros(1)}})
    with closing(link_to(learner, tmp_path, job={**JOB, "job_name": "stack"})) as link:
        link.send(EPISODE)
        assert not link.deliver(20.0)
        assert "trains pick (in /gpu)" in link.refusal
        assert "this actor is of stack" in link.refusal
        time.sleep(0.3)
        assert link.weights.take() is None
    assert learner.waiting() == ([], [])
    assert len(EpisodeFolder(tmp_path / "actor/unconfirmed").paths()) == 1


@pytest.mark.parametrize(
    ("call", "message", "training", "code"),
    [
        ("SendTransitions", services_pb2.Transition, "id-2", grpc.StatusCode.FAILED_PRECONDITION),
        ("SendInteractions", services_pb2.InteractionMessage, "id-1", grpc.StatusCode.ABORTED),
    ],
    ids=["another training", "a restart"],
)
def test_a_learner_that_was_exchanged_between_two_calls_asks_for_both_again(
    call: str, message: Any, training: str, code: Any, learner: LearnerRig, stub: Any
) -> None:
    """By one of another training, or by itself: half of an episode is none."""
    with pytest.raises(grpc.RpcError) as error:
        getattr(stub, call)(
            send_bytes_in_chunks(TRANSITIONS, message),
            metadata=((TRAINING, training), (EPISODE_KEY, "x")),
        )
    assert error.value.code() is code
    assert learner.waiting() == ([], [])


def test_transitions_that_cannot_be_read_end_no_learner(
    learner: LearnerRig, tmp_path: Path
) -> None:
    """They would, now and at every later start; the actor says so and keeps them."""
    with closing(link_to(learner, tmp_path)) as link:
        link.send(SentEpisode(b"no transitions", b"figures", 3))
        assert not link.deliver(20.0)
        assert "cannot be read" in link.refusal
    assert learner.waiting() == ([], [])
    assert EpisodeFolder(tmp_path / "received").paths() == []


def test_actors_that_came_and_went_leave_their_places(learner: LearnerRig, tmp_path: Path) -> None:
    """Before anything was learned there is nothing to send, so that LeRobot's never notices."""
    for _ in range(5):
        with closing(link_to(learner, tmp_path)) as link:
            while not link.has_tried:
                time.sleep(0.01)
            time.sleep(0.1)
    deliver(learner, tmp_path)


def test_every_actor_gets_the_newest_weights_at_once(learner: LearnerRig, tmp_path: Path) -> None:
    """LeRobot's first ones go to the first actor alone."""
    learner.push({"policy": {"w": torch.ones(1)}})
    for _ in range(2):
        with closing(link_to(learner, tmp_path)) as link:
            deadline_s = time.monotonic() + 20.0
            while (taken := link.weights.take()) is None:
                assert time.monotonic() < deadline_s
                time.sleep(0.01)
            assert taken["policy"]["w"].item() == 1.0


def test_messages_of_a_call_that_goes_on_are_there_at_once(learner: LearnerRig, stub: Any) -> None:
    """LeRobot's own actor sends all episodes in one call."""
    more: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def chunks() -> Iterator[Any]:
        while (data := more.get()) is not None:
            yield from send_bytes_in_chunks(data, services_pb2.Transition)

    call = stub.SendTransitions.future(chunks())
    for episode in (b"first", b"second"):
        more.put(episode)
        assert learner.next_transitions() == episode
    assert not call.done()
    more.put(None)
    assert call.result(timeout=20.0) is not None


def test_what_is_put_into_an_inbox_can_be_seen_at_once() -> None:
    """Also what another thread has put; closing it is nothing."""
    inbox = InboxQueue()
    thread = threading.Thread(target=inbox.put, args=(b"x",))
    thread.start()
    thread.join()
    assert not inbox.empty()
    inbox.close()
    inbox.cancel_join_thread()
    assert inbox.get() == b"x"
