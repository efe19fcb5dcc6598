"""The way to LeRobot's own gRPC service, which vanishes and comes back."""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch
from learner_rig import LearnerRig
from lerobot.transport.utils import (
    python_object_to_bytes,
    state_to_bytes,
    transitions_to_bytes,
)
from lerobot.utils.transition import Transition
from relay import Relay

from lerobot_node.hil import link as link_module
from lerobot_node.hil.connection import Newest
from lerobot_node.hil.episode_folder import EpisodeFolder, EpisodeFolderError, SentEpisode
from lerobot_node.hil.identity import About, Acquaintance
from lerobot_node.hil.link import LearnerLink
from lerobot_node.hil.service import ConfirmingService, Received


@pytest.fixture(autouse=True)
def tries_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for no second between two attempts."""
    monkeypatch.setattr(link_module, "RETRY_S", 0.1)


@pytest.fixture
def learner() -> Iterator[LearnerRig]:
    """Return LeRobot's own learner, which is not started yet."""
    rig = LearnerRig()
    yield rig
    rig.kill()


@pytest.fixture
def ours() -> Iterator[LearnerRig]:
    """Return a learner with this project's service, which listens."""
    rig = LearnerRig(ConfirmingService)
    rig.start()
    yield rig
    rig.kill()


def link_to(rig: LearnerRig, folder: Path, **options: Any) -> closing[LearnerLink]:
    """Return a link to a learner, of an actor that keeps its episodes in a folder."""
    return closing(LearnerLink("127.0.0.1", rig.port, EpisodeFolder(folder), **options))


def acquainted(rig: LearnerRig, folder: Path, steps: int = 0) -> closing[LearnerLink]:
    """Return a link of an actor that looks who the learner is."""
    acquaintance = Acquaintance({}, folder, is_new=False, joins=False)
    return link_to(rig, folder / "unconfirmed", acquaintance=acquaintance, steps=steps)


@pytest.fixture
def link(learner: LearnerRig, tmp_path: Path) -> Iterator[LearnerLink]:
    """Return a link to LeRobot's learner."""
    with link_to(learner, tmp_path) as made:
        yield made


def send(link: LearnerLink, reward: float, *, numbers: int = 3) -> None:
    """Send an episode of one transition."""
    state = {"observation.state": torch.zeros(1, numbers)}
    transition = Transition(
        state=state,
        action=torch.zeros(1, 4),
        reward=reward,
        next_state=state,
        done=True,
        truncated=False,
        complementary_info={"discrete_penalty": torch.zeros(1)},
    )
    figures = python_object_to_bytes({"Interaction step": int(reward)})
    link.send(SentEpisode(transitions_to_bytes([transition]), figures, steps=1))


def until(condition: Callable[[], Any], time_limit_s: float = 20.0) -> Any:
    """Wait for a condition, and return what fulfils it."""
    deadline_s = time.monotonic() + time_limit_s
    while not (found := condition()):
        assert time.monotonic() < deadline_s, "not in time"
        time.sleep(0.02)
    return found


def test_episodes_and_their_figures_arrive_in_order(learner: LearnerRig, link: LearnerLink) -> None:
    """And are confirmed."""
    learner.start()
    for reward in (1.0, 2.0, 3.0):
        send(link, reward)
    assert [learner.episode()[0]["reward"] for _ in range(3)] == [1.0, 2.0, 3.0]
    assert [learner.interaction()["Interaction step"] for _ in range(3)] == [1, 2, 3]
    until(lambda: link.unconfirmed == 0)


def test_an_episode_larger_than_a_message_arrives_whole(
    learner: LearnerRig, link: LearnerLink
) -> None:
    """GRPC's limit is 4 MB."""
    learner.start()
    send(link, 1.0, numbers=2_000_000)
    (transition,) = learner.episode()
    assert transition["state"]["observation.state"].shape == (1, 2_000_000)


@pytest.mark.slow
def test_nobody_waits_for_a_learner_that_is_not_there(
    learner: LearnerRig, link: LearnerLink, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once, episodes are kept, and arrive when it comes."""
    start_s = time.monotonic()
    send(link, 1.0)
    send(link, 2.0)
    assert link.weights.take() is None
    assert time.monotonic() - start_s < 1.0
    until(lambda: link.failures >= 4)
    assert link.unconfirmed == 2
    warnings = [r for r in caplog.records if f":{learner.port} " in r.getMessage()]
    assert [r.levelno for r in warnings] == [logging.WARNING]
    # How many had been sent when it was tried first is up to the machine.
    assert re.search(
        r"does not answer \(UNAVAILABLE\); [0-2] episode\(s\) wait on the disk",
        warnings[0].getMessage(),
    )
    learner.start()
    assert [learner.episode()[0]["reward"] for _ in range(2)] == [1.0, 2.0]
    until(lambda: link.unconfirmed == 0)


def test_a_learner_that_restarts_gets_the_following_episodes_and_its_weights_arrive(
    learner: LearnerRig, link: LearnerLink
) -> None:
    """LeRobot's own actor would go on without it for ever."""
    learner.start()
    send(link, 1.0)
    learner.episode()
    assert weights_of(learner, link) == [7.0, 7.0]
    until(lambda: link.unconfirmed == 0)
    learner.kill()
    send(link, 2.0)
    until(lambda: link.failures > 0)
    learner.start()
    assert learner.episode()[0]["reward"] == 2.0
    assert weights_of(learner, link) == [7.0, 7.0]


def test_a_connection_that_leads_nowhere_is_left(
    learner: LearnerRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address has changed, a machine vanished: the kernel would try for a quarter of an hour."""
    monkeypatch.setattr(link_module, "SEND_TIME_LIMIT_S", 1.0)
    learner.start()
    with (
        closing(Relay(learner.port)) as relay,
        closing(LearnerLink("127.0.0.1", relay.port, EpisodeFolder(tmp_path))) as link,
    ):
        send(link, 1.0)
        assert link.deliver(20.0)
        relay.swallows = True
        send(link, 2.0)
        until(lambda: link.failures > 0)
        # What is connected stays dead; who connects anew is heard.
        relay.swallows = False
        assert link.deliver(20.0)
        assert weights_of(learner, link) == [7.0, 7.0]
    assert [learner.episode()[0]["reward"] for _ in range(2)] == [1.0, 2.0]


def test_weights_that_cannot_be_read_do_not_end_the_stream(
    learner: LearnerRig, link: LearnerLink, caplog: pytest.LogCaptureFixture
) -> None:
    """They are said; the next ones count."""
    learner.start()
    learner.push_bytes(b"no weights")
    until(lambda: any("cannot be read" in r.getMessage() for r in caplog.records))
    assert weights_of(learner, link) == [7.0, 7.0]


def weights_of(learner: LearnerRig, link: LearnerLink) -> list[float]:
    """Push weights until some arrive, and return them."""

    def arrived() -> dict[str, Any] | None:
        learner.push({"policy": {"w": torch.full((2,), 7.0)}})
        return link.weights.take()

    numbers: list[float] = until(arrived)["policy"]["w"].tolist()
    return numbers


def test_a_link_that_is_closed_leaves_no_thread_at_work(
    ours: LearnerRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python ends with an abort where one is in torch then."""
    steps: list[str] = []

    def read(_stream: object, _weights: object, stop: threading.Event, _name: str) -> None:
        steps.append("reads")
        stop.wait(30.0)
        time.sleep(0.2)
        steps.append("has read")

    monkeypatch.setattr(link_module, "receive_bytes_in_chunks", read)
    with link_to(ours, tmp_path):
        until(lambda: steps)
    assert steps[:2] == ["reads", "has read"]


def test_weights_are_taken_once_and_only_the_newest() -> None:
    """Older ones are of no use."""
    newest = Newest()
    for value in (1.0, 2.0):
        newest.put(state_to_bytes({"policy": {"w": torch.tensor(value)}}))
    taken = newest.take()
    assert taken is not None
    assert taken["policy"]["w"].item() == 2.0
    assert newest.take() is None


def test_what_an_actor_left_behind_reaches_the_learner_at_the_next_start(
    learner: LearnerRig, tmp_path: Path
) -> None:
    """Killed, or gone without a learner: the next one sends it first, and then nothing is left."""
    with link_to(learner, tmp_path) as link:
        send(link, 1.0)
        send(link, 2.0)
        assert not link.deliver(0.2)
        assert link.unconfirmed == 2
    learner.start()
    with link_to(learner, tmp_path) as link:
        send(link, 3.0)
        assert link.deliver(20.0)
    assert [learner.episode()[0]["reward"] for _ in range(3)] == [1.0, 2.0, 3.0]
    assert EpisodeFolder(tmp_path).paths() == []


def test_a_second_actor_in_the_same_folder_does_not_end_the_first(
    learner: LearnerRig, tmp_path: Path
) -> None:
    """Started by mistake, it sends what the first has left there."""
    with link_to(learner, tmp_path) as first:
        send(first, 1.0)
        send(first, 2.0)
        EpisodeFolder(tmp_path).paths()[1].unlink()
        learner.start()
        assert first.deliver(20.0)
        assert first.refusal == ""


def test_an_episode_that_the_disk_does_not_take_is_sent_all_the_same(
    learner: LearnerRig, tmp_path: Path
) -> None:
    """And the run ends with one line."""
    (tmp_path / "file").write_text("")
    learner.start()
    with link_to(learner, tmp_path / "file/unconfirmed") as link:
        with pytest.raises(EpisodeFolderError, match="cannot be written"):
            send(link, 1.0)
        assert link.unconfirmed == 1
        assert link.deliver(20.0)
    assert learner.episode()[0]["reward"] == 1.0


@pytest.mark.parametrize("name", ["http_proxy", "https_proxy", "grpc_proxy"])
def test_no_proxy_stands_between_actor_and_learner(
    name: str, learner: LearnerRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GRPC would go through it, and never say so."""
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    for other in ("no_proxy", "NO_PROXY", "no_grpc_proxy"):
        monkeypatch.delenv(other, raising=False)
    learner.start()
    with link_to(learner, tmp_path) as link:
        send(link, 1.0)
        assert link.deliver(10.0)


def test_a_learner_that_has_another_number_of_steps_is_told_of_once(
    ours: LearnerRig, tmp_path: Path
) -> None:
    """It says so when it is met."""
    ours.service.about = lambda: About("id", "/gpu", {}, 1, 3)
    with acquainted(ours, tmp_path, steps=10) as link:
        until(lambda: link.has_tried)
        about = link.take_correction()
        assert about is not None
        assert about.steps == 3
        assert link.take_correction() is None


def test_the_learners_updates_are_known_once_an_episode_was_sent(
    ours: LearnerRig, tmp_path: Path
) -> None:
    """It says them when it is met, on whichever machine; LeRobot's own never does."""
    with acquainted(ours, tmp_path) as link:
        for updates in (None, 70, 140):
            said = None if updates is None else About("id", "/gpu", {}, 0, 0, updates)
            ours.service.about = said and (lambda said=said: said)
            send(link, 1.0)
            assert link.deliver(10.0)
            assert link.updates == updates


def test_a_learner_that_takes_no_episode_says_why(
    ours: LearnerRig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its disk is full, say: it does answer."""
    (tmp_path / "file").write_text("")
    ours.service.received = Received(EpisodeFolder(tmp_path / "file/received"), {})
    with link_to(ours, tmp_path / "unconfirmed") as link:
        send(link, 1.0)
        until(lambda: link.failures > 1)
        assert link.unconfirmed == 1
    [said] = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert f":{ours.port} takes no episode ({tmp_path}/file/received: a driven episode" in said
