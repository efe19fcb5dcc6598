"""LeRobot's gRPC service, which confirms nothing that will not be stored."""

import queue
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import grpc
import pytest
from learner_rig import LearnerRig
from lerobot.transport import services_pb2, services_pb2_grpc
from lerobot.transport.utils import send_bytes_in_chunks

from lerobot_node.hil.link import LearnerLink
from lerobot_node.hil.service import ConfirmingService, InboxQueue


@pytest.fixture
def learner() -> Iterator[LearnerRig]:
    """Return a learner with this service, which listens."""
    rig = LearnerRig(ConfirmingService)
    rig.start()
    yield rig
    rig.kill()


def test_what_is_confirmed_lies_in_the_queue(learner: LearnerRig) -> None:
    """Transitions and figures."""
    with closing(LearnerLink("127.0.0.1", learner.port)) as link:
        link.send(b"transitions", b"figures")
        assert link.deliver(20.0)
    assert learner.waiting() == ([b"transitions"], [b"figures"])


def test_a_learner_that_leaves_confirms_nothing(learner: LearnerRig) -> None:
    """The actor keeps the episode for the next one; LeRobot's own would drop it."""
    learner.service.leave()
    with closing(LearnerLink("127.0.0.1", learner.port)) as link:
        link.send(b"transitions", b"figures")
        assert not link.deliver(1.0)
        assert link.unconfirmed == 1
    assert learner.waiting() == ([], [])


def test_messages_of_a_call_that_goes_on_are_there_at_once(learner: LearnerRig) -> None:
    """LeRobot's own actor sends all episodes in one call."""
    more: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def chunks() -> Iterator[Any]:
        while (data := more.get()) is not None:
            yield from send_bytes_in_chunks(data, services_pb2.Transition)

    with grpc.insecure_channel(f"127.0.0.1:{learner.port}") as channel:
        stub = services_pb2_grpc.LearnerServiceStub(channel)
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
