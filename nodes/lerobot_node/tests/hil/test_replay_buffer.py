"""LeRobot's replay buffer, with every next state, on the disk as it is in memory."""

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from lerobot.rl.buffer import ReplayBuffer
from lerobot.rl.data_sources import OnlineOfflineMixer
from lerobot.utils.transition import Transition

from dora_hil.config import ConfigError
from lerobot_node.hil.replay_buffer import WholeReplayBuffer, shapes_of
from lerobot_node.hil.train_config import load

CONFIG = Path(__file__).parents[4] / "configs/train_gym_hil_state.json"
KEY = "observation.state"
FRONT = "observation.images.front"
FEATURES = f"encoded.0123abcd.{FRONT}"
OPTIONS: dict[str, Any] = {"capacity": 10, "device": "cpu", "state_keys": [KEY]}
OF_PICTURES = {**OPTIONS, "state_keys": [FRONT]}
OF_FEATURES = {**OPTIONS, "state_keys": [FEATURES]}


def transition(
    now: float, then: float, *, done: bool = False, truncated: bool = False
) -> Transition:
    """Return a step from one state to another; the action says from which."""
    return Transition(
        state={KEY: torch.tensor([[now]])},
        action=torch.tensor([[now]]),
        reward=now,
        next_state={KEY: torch.tensor([[then]])},
        done=done,
        truncated=truncated,
        complementary_info={"is_intervention": torch.tensor(0.0)},
    )


TWO_EPISODES = (
    transition(1, 2),
    transition(2, 3, truncated=True),
    transition(10, 11),
    transition(11, 12, done=True),
)


def filled[B: ReplayBuffer](buffer: B, *transitions: Transition) -> B:
    """Add these, or two episodes."""
    for one in transitions or TWO_EPISODES:
        buffer.add(**one)
    return buffer


def sampled(buffer: ReplayBuffer) -> dict[float, float]:
    """Return the next state of each state, as they are sampled."""
    found: dict[float, float] = {}
    for _ in range(50):
        batch = buffer.sample(4)
        pairs = zip(batch["state"][KEY], batch["next_state"][KEY], strict=True)
        found |= {float(now): float(then) for now, then in pairs}
    return found


def test_sampled_next_states_are_those_that_were_sent() -> None:
    """Also after a time-out, where the stock learner gives the next episode's first state."""
    whole = WholeReplayBuffer(**OPTIONS, optimize_memory=True)
    assert sampled(filled(whole)) == {1: 2, 2: 3, 10: 11, 11: 12}
    assert sampled(filled(ReplayBuffer(**OPTIONS, optimize_memory=True)))[2] == 10


@pytest.mark.parametrize("who", ["demonstrations", "actor"])
def test_every_step_has_a_penalty_whoever_leaves_it_out(who: str) -> None:
    """LeRobot mixes two buffers key by key: half of a batch would have none, and end it."""
    fine = {"discrete_penalty": torch.tensor([-0.02])}
    with_it, without = WholeReplayBuffer(**OPTIONS), WholeReplayBuffer(**OPTIONS)
    for one in TWO_EPISODES:
        with_it.add(**{**one, "complementary_info": fine})
        without.add(**{**one, "complementary_info": None})
    buffers = (with_it, without) if who == "demonstrations" else (without, with_it)
    batch = OnlineOfflineMixer(*buffers, online_ratio=0.5).sample(8)
    penalties = batch["complementary_info"]["discrete_penalty"]
    assert penalties.shape == batch["reward"].shape == (8,)
    assert {round(penalty, 2) for penalty in penalties.tolist()} == {-0.02, 0.0}


def test_a_saved_buffer_comes_back_as_it_was(tmp_path: Path) -> None:
    """Next states, time-outs and what was intervened."""
    filled(WholeReplayBuffer(**OPTIONS)).save(tmp_path / "buffer.pt")
    loaded = WholeReplayBuffer.load(tmp_path / "buffer.pt", **OPTIONS)
    assert sampled(loaded) == {1: 2, 2: 3, 10: 11, 11: 12}
    assert loaded.rewards[:4].tolist() == [1, 2, 10, 11]
    assert loaded.dones[:4].tolist() == [False, False, False, True]
    assert loaded.truncateds[:4].tolist() == [False, True, False, False]
    assert loaded.complementary_info["is_intervention"][:4].tolist() == [0, 0, 0, 0]


def test_of_a_full_buffer_the_newest_come_back_into_a_smaller_one(tmp_path: Path) -> None:
    """In the order in which they came."""
    full = WholeReplayBuffer(**{**OPTIONS, "capacity": 3})
    filled(full).save(tmp_path / "buffer.pt")
    loaded = WholeReplayBuffer.load(tmp_path / "buffer.pt", **{**OPTIONS, "capacity": 2})
    assert sampled(full) == {2: 3, 10: 11, 11: 12}
    assert sampled(loaded) == {10: 11, 11: 12}


def test_an_empty_buffer_can_be_saved(tmp_path: Path) -> None:
    """A run can be stopped before its first episode."""
    WholeReplayBuffer(**OPTIONS).save(tmp_path / "buffer.pt")
    assert len(WholeReplayBuffer.load(tmp_path / "buffer.pt", **OPTIONS)) == 0


def with_picture(picture: torch.Tensor) -> WholeReplayBuffer:
    """Return a buffer with steps that see a picture."""
    seen = {"state": {FRONT: picture}, "next_state": {FRONT: picture}}
    return filled(WholeReplayBuffer(**OF_PICTURES), *[{**transition(0, 0), **seen}] * 5)


def test_pictures_take_a_byte_per_value_on_the_disk_and_lose_nothing(tmp_path: Path) -> None:
    """They were bytes once; a next state that is the following state is stored once."""
    picture = torch.randint(0, 256, (1, 3, 32, 32)).float() / 255.0
    with_picture(picture).save(tmp_path / "buffer.pt")
    assert (tmp_path / "buffer.pt").stat().st_size < 7 * 3 * 32 * 32 + 10_000
    loaded = WholeReplayBuffer.load(tmp_path / "buffer.pt", **OF_PICTURES)
    assert torch.equal(loaded.states[FRONT][4], picture[0])
    assert torch.equal(loaded.next_states[FRONT][4], picture[0])


def test_pictures_that_were_never_bytes_are_kept_as_they_are(tmp_path: Path) -> None:
    """Someone else's actor may have normalised them."""
    picture = torch.rand(1, 3, 8, 8) - 0.5
    with_picture(picture).save(tmp_path / "buffer.pt")
    loaded = WholeReplayBuffer.load(tmp_path / "buffer.pt", **OF_PICTURES)
    assert torch.equal(loaded.states[FRONT][0], picture[0])


@pytest.mark.parametrize(
    ("shapes", "what"),
    [
        ({KEY: (2,), "action": (1,)}, "whose observation.state is (1,), expected (2,)"),
        ({KEY: (1,), "action": (4,)}, "whose action is (1,), expected (4,)"),
        ({KEY: (1,), FRONT: (3, 8, 8)}, "without observation.images.front"),
    ],
)
def test_transitions_of_another_config_are_refused_and_counted(
    shapes: dict[str, tuple[int, ...]], what: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The stock learner would end, for all actors."""
    buffer = WholeReplayBuffer(**OPTIONS)
    buffer.shapes = shapes
    with caplog.at_level(logging.ERROR):
        filled(buffer)
    assert (len(buffer), buffer.refused) == (0, 4)
    (record,) = caplog.records
    assert what in record.getMessage()
    assert "learner and actor need the same config" in record.getMessage()


def test_a_configs_shapes_are_those_of_its_transitions() -> None:
    """The gripper is a fourth number, which LeRobot's config does not name."""
    config = load(CONFIG)
    assert shapes_of(config) == {KEY: (14,), "action": (4,)}


def test_pictures_that_come_as_bytes_are_stored_as_an_actor_sends_them() -> None:
    """The learner reads a dataset's videos as bytes."""
    picture = torch.randint(0, 256, (1, 3, 8, 8), dtype=torch.uint8)
    buffer = with_picture(picture)
    for stored in (buffer.states[FRONT][0], buffer.next_states[FRONT][0]):
        assert torch.equal(stored, picture[0].float() / 255.0)


def with_features(value: float) -> Transition:
    """Return a step whose picture was encoded."""
    features = {FEATURES: torch.full((1, 8, 2, 2), value, dtype=torch.float16)}
    made = transition(value, value)
    return Transition(**{**made, "state": features, "next_state": features})


@pytest.fixture
def encoded(tmp_path: Path) -> Path:
    """Save a buffer of features, and return its file."""
    filled(WholeReplayBuffer(**OF_FEATURES), with_features(1.0)).save(tmp_path / "buffer.pt")
    return tmp_path / "buffer.pt"


def test_features_keep_half_the_size_in_memory_and_on_the_disk(tmp_path: Path) -> None:
    """LeRobot's buffer makes float32 of everything."""
    buffer = filled(WholeReplayBuffer(**OF_FEATURES), with_features(0.1), with_features(24.0))
    assert buffer.states[FEATURES].dtype == buffer.next_states[FEATURES].dtype == torch.float16
    buffer.save(tmp_path / "buffer.pt")
    loaded = WholeReplayBuffer.load(tmp_path / "buffer.pt", **OF_FEATURES)
    assert loaded.states[FEATURES].dtype == torch.float16
    assert torch.equal(loaded.states[FEATURES][:2], buffer.states[FEATURES][:2])


def test_a_buffer_that_begins_with_bytes_keeps_numbers() -> None:
    """A dataset's first picture is one of bytes; LeRobot makes the storage by it."""
    buffer = WholeReplayBuffer(**OF_PICTURES)
    pictures = {FRONT: torch.full((1, 3, 4, 4), 51, dtype=torch.uint8)}
    first = Transition(**{**transition(0.0, 0.0), "state": pictures, "next_state": pictures})
    buffer._initialize_storage(state=pictures, action=first["action"])
    buffer.add(**{**first, "complementary_info": None})
    torch.testing.assert_close(buffer.states[FRONT][0], torch.full((3, 4, 4), 0.2))


def test_a_training_does_not_go_on_with_another_encoder(
    encoded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is stored would mean something else; one line says so, and nothing is lost."""
    name = "outputs/encoders/efficientnet_lite0"
    other = SimpleNamespace(name=name, shapes={f"encoded.ffffffff.{FRONT}": (8, 2, 2)})
    monkeypatch.setattr(WholeReplayBuffer, "encoder", other)
    says = r"began with another policy\.vision_encoder_name"
    with pytest.raises(ConfigError, match=says) as error:
        WholeReplayBuffer.load(encoded, **OPTIONS)
    assert str(error.value).startswith(f"policy.vision_encoder_name {name}: ")
    assert f"delete the folder {name}, and it is made anew" in str(error.value)
    # Digits of a checksum are nobody's to compare.
    assert "ffffffff" not in str(error.value)
    assert "\n" not in str(error.value)
    assert encoded.exists()


def test_a_training_of_a_frozen_encoder_does_not_go_on_with_one_that_learns(encoded: Path) -> None:
    """It would need the pictures, of which there are only features."""
    says = r"policy.freeze_vision_encoder: .* with a frozen encoder"
    with pytest.raises(ConfigError, match=says):
        WholeReplayBuffer.load(encoded, **OF_PICTURES)


def test_a_damaged_file_of_stored_episodes_is_one_line(encoded: Path) -> None:
    """A copy that was cut off, anywhere."""
    whole = encoded.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 30):
        encoded.write_bytes(whole[:length])
        with pytest.raises(ConfigError, match=r"buffer.pt: these stored episodes cannot be read"):
            WholeReplayBuffer.load(encoded, **OPTIONS)


def test_one_step_ahead_is_what_lerobot_samples() -> None:
    """The same batch from the same numbers; only next states are the true ones."""
    options = {**OPTIONS, "capacity": 4}
    ours, stock = (filled(made(**options)) for made in (WholeReplayBuffer, ReplayBuffer))
    torch.manual_seed(1)
    batch = ours.sample(64)
    torch.manual_seed(1)
    expected = stock.sample(64)
    for key in ("action", "reward", "done", "truncated"):
        assert torch.equal(batch[key], expected[key])
    for key in ("state", "next_state"):
        assert torch.equal(batch[key][KEY], expected[key][KEY])


class TestSeveralStepsAhead:
    """What a value is judged by lies `n_step` steps ahead in the same episode."""

    @pytest.fixture(autouse=True)
    def three_steps(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Go three steps ahead; each costs a half."""
        monkeypatch.setattr(WholeReplayBuffer, "n_step", 3)
        monkeypatch.setattr(WholeReplayBuffer, "discount", 0.5)

    def ahead(self, buffer: ReplayBuffer) -> dict[float, tuple[float, float, float]]:
        """Return next state, reward and what the value there counts, by each state."""
        found: dict[float, tuple[float, float, float]] = {}
        for _ in range(20):
            batch = buffer.sample(8)
            parts = (batch["next_state"][KEY], batch["reward"], (1 - batch["done"]) * 0.5)
            rows = zip(batch["state"][KEY], *parts, strict=True)
            found |= {float(row[0]): tuple(map(float, row[1:])) for row in rows}  # type: ignore[misc]
        return found

    def test_reward_and_value_are_discounted_by_the_way(self) -> None:
        """Short of the episode's end the way is shorter, and the value counts for more."""
        way = [transition(now, now + 1, done=now == 4) for now in (1.0, 2.0, 3.0, 4.0)]
        assert self.ahead(filled(WholeReplayBuffer(**OPTIONS), *way)) == {
            1: (4, 1 + 2 / 2 + 3 / 4, 0.5**3),
            2: (5, 2 + 3 / 2 + 4 / 4, 0),
            3: (5, 3 + 4 / 2, 0),
            4: (5, 4, 0),
        }

    def test_the_way_ends_with_its_episode(self) -> None:
        """A time-out still leads to a value, as far away as it is."""
        found = self.ahead(filled(WholeReplayBuffer(**OPTIONS)))
        assert found[1] == (3, 1 + 2 / 2, 0.5**2)
        assert found[2] == (3, 2, 0.5)

    def test_nothing_leads_over_a_gap(self) -> None:
        """The buffer that has interventions alone leaves out what was between them."""
        way = [transition(now, now + 1) for now in (1.0, 2.0, 7.0)]
        assert self.ahead(filled(WholeReplayBuffer(**OPTIONS), *way))[2] == (3, 2, 0.5)

    def test_nothing_leads_from_the_newest_to_the_oldest(self) -> None:
        """They are neighbours in the ring; its first and its last place are too."""
        way = [transition(now, now + 1) for now in (4.0, 1.0, 2.0, 3.0)]
        ring = WholeReplayBuffer(**{**OPTIONS, "capacity": 3})
        assert self.ahead(filled(ring, *way)) == {
            1: (4, 1 + 2 / 2 + 3 / 4, 0.5**3),
            2: (4, 2 + 3 / 2, 0.5**2),
            3: (4, 3, 0.5),
        }

    def test_penalties_of_the_way_are_summed_too(self) -> None:
        """They are a part of the gripper's reward."""
        fine = {"complementary_info": {"discrete_penalty": torch.tensor([-0.02])}}
        way = [{**transition(now, now + 1), **fine} for now in (1.0, 2.0)]
        buffer = filled(WholeReplayBuffer(**OPTIONS), *way)
        found: dict[float, float] = {}
        for _ in range(20):
            batch = buffer.sample(2)
            penalties = batch["complementary_info"]["discrete_penalty"]
            rows = zip(batch["state"][KEY], penalties, strict=True)
            found |= {float(state): float(penalty) for state, penalty in rows}
        assert found == pytest.approx({1: -0.03, 2: -0.02})

    def test_what_was_saved_leads_on_as_before(self, tmp_path: Path) -> None:
        """A run that goes on learns from the same ways."""
        buffer = filled(WholeReplayBuffer(**OPTIONS))
        buffer.save(tmp_path / "buffer.pt")
        loaded = WholeReplayBuffer.load(tmp_path / "buffer.pt", **OPTIONS)
        assert self.ahead(loaded) == self.ahead(buffer)
