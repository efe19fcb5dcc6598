"""`dataflow-train-operator.yaml` with LeRobot's own learner, over its real gRPC service."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hands import Hands
from harness import dataflow
from training_rig import Training, environment_steps, record_demonstrations

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demonstrations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record five of them."""
    folder = tmp_path_factory.mktemp("demonstrations")
    return record_demonstrations(folder, "gym_hil_env_train_state.json", 5)


@pytest.fixture
def training(tmp_path: Path, demonstrations: Path) -> Iterator[Training]:
    """Return a training whose learner is not started."""
    made = Training(tmp_path, demonstrations, "train_gym_hil_state.json")
    yield made
    made.kill_learner()


def test_one_command_trains_and_goes_on_from_where_it_was_stopped(training: Training) -> None:
    """The learner is a node; weights come back, nothing is lost, `Ctrl-C` saves."""
    with training.act(with_learner=True) as running:
        training.wait_for_weights(running, 2)
        training.stop(running)
    first = training.episodes()
    assert sum(e["length"] for e in first) == first[-1]["Interaction step"]
    assert environment_steps(training.arrived()) == environment_steps(first)
    learned = training.updates()[-1]
    assert learned["offline_replay_buffer_size"] > 0
    training.environ["RESUME_TRAINING"] = "1"
    reached = learned["Optimization step"]
    with training.act(with_learner=True) as running:
        running.wait_for(
            lambda _: (
                training.updates()[-1]["Optimization step"] > reached
                and len(training.episodes()) > len(first)
            ),
            timeout_s=240,
        )
        training.stop(running)
    assert "going on from" in running.log()
    both = training.episodes()
    assert environment_steps(both) == sorted(environment_steps(both))
    assert [e["episode"] for e in both] == list(range(1, len(both) + 1))
    assert environment_steps(training.arrived()) == environment_steps(both)
    assert len(training.stored(capacity=10_000)) == both[-1]["Interaction step"]


def test_a_person_takes_over_and_judges_and_the_learner_gets_what_was_executed(
    training: Training, display: str
) -> None:
    """`dataflow-train.yaml`, typed on: an arrow drives, `s` ends as a success, `Ctrl` drops."""
    training.environ |= {"DISPLAY": display, "VIEWER": "off", "RERUN_MODE": "off"}
    hands = Hands(display)

    def steps_of(episode: int, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [m for m in messages if m["episode"] == episode and m["kind"] == "mid"]

    with training.act(dataflow("dataflow-train.yaml"), with_learner=True) as running:
        running.wait_for(lambda ms: len(steps_of(0, ms)) >= 5, timeout_s=120)
        hands("key", "Control_L")
        running.wait_for(lambda ms: len(steps_of(1, ms)) >= 3)
        hands("keydown", "Left")
        running.wait_for(
            lambda ms: sum(m["is_intervention"] for m in steps_of(1, ms)) >= 8, timeout_s=30
        )
        hands("keyup", "Left")
        running.wait_for(lambda ms: not steps_of(1, ms)[-1]["is_intervention"])
        hands("key", "s")
        running.wait_for(lambda _: bool(training.arrived()), timeout_s=60)
        hands.stop()
        running.end_well()
        messages = running.messages()
    assert next(m for m in messages if m["verdict"] == "discard")["episode"] == 0
    [kept] = training.episodes()
    assert (kept["success"], kept["Episodic reward"]) == (True, 1.0)
    executed = [m for m in messages if m["episode"] == 1 and m["kind"] in ("mid", "last")]
    assert kept["length"] == len(executed)
    driven = [m["is_intervention"] for m in executed]
    assert kept["Intervention rate"] == pytest.approx(sum(driven) / len(driven))
    assert all(m["action.ee_delta"][1] == 1 for m in executed[driven.index(True) :][:8])


def test_a_learner_that_comes_late_and_is_killed_loses_no_finished_episode(
    training: Training,
) -> None:
    """The actor goes on meanwhile, says so once, and finds the next one."""
    training.words["save_freq"] = 20
    with training.act() as running:
        running.wait_for(lambda _: len(training.episodes()) >= 2, timeout_s=120)
        assert "does not answer (UNAVAILABLE); " in running.log()
        training.start_learner()
        running.wait_for(lambda _: len(training.updates()) > 8, timeout_s=120)
        training.kill_learner()
        before = len(training.episodes())
        running.wait_for(lambda _: len(training.episodes()) > before + 1, timeout_s=120)
        learned, arrived = training.updates()[-1], len(training.arrived())
        training.start_learner(resume="true")
        running.wait_for(lambda _: len(training.arrived()) > arrived, timeout_s=120)
        weights = training.episodes()[-1]["weight_updates"]
        running.wait_for(
            lambda _: training.episodes()[-1]["weight_updates"] > weights, timeout_s=120
        )
        training.stop(running)
    assert {*environment_steps(training.arrived())} >= {*environment_steps(training.episodes())}
    resumed = training.updates()[len([u for u in training.updates() if u == learned]) :]
    assert resumed[-1]["Optimization step"] >= learned["Optimization step"] - 20


def test_an_actor_that_is_killed_costs_the_unfinished_episode(training: Training) -> None:
    """The learner goes on; the next actor counts on, with new seeds."""
    training.start_learner()
    with training.act() as running:
        running.wait_for(lambda _: len(training.arrived()) >= 2, timeout_s=240)
        running.kill("lerobot-node")
        running.wait(60)
    first = training.episodes()
    with training.act() as running:
        running.wait_for(lambda _: len(training.episodes()) > len(first) + 1, timeout_s=120)
        training.stop(running)
    both = training.episodes()
    assert [e["episode"] for e in both] == list(range(1, len(both) + 1))
    assert len({e["seed"] for e in both}) == len(both)
    assert {*environment_steps(training.arrived())} >= {*environment_steps(first)}


def test_lerobots_own_learner_understands_the_actor(training: Training) -> None:
    """`python -m lerobot.rl.learner`, the same config, nothing put right."""
    training.start_stock_learner()
    with training.act() as running:
        training.wait_for_weights(running, 3)
        training.stop(running)
    assert training.episodes()[-1]["unconfirmed_episodes"] <= 1


def test_a_training_without_demonstrations_and_without_its_learner_holds_if_it_is_to(
    training: Training,
) -> None:
    """After one episode, until there is a learner; then it goes on."""
    training.words = {k: v for k, v in training.words.items() if not k.startswith("dataset")}
    training.words["dataset"] = "null"
    training.environ["HOLD_AFTER_EPISODES"] = "1"
    with training.act() as running:
        running.wait_for(
            lambda _: "holding until the learner has confirmed 1" in running.log(), timeout_s=120
        )
        assert len(training.episodes()) == 1
        training.start_learner()
        running.wait_for(lambda _: len(training.episodes()) >= 2, timeout_s=120)
        training.stop(running)


def test_a_learner_that_dies_in_the_dataflow_ends_the_run_and_nothing_driven_is_lost(
    training: Training,
) -> None:
    """With its reason, at once; the next start has every episode, before the first checkpoint."""
    training.words |= {"policy.online_step_before_learning": 100_000, "save_freq": 100_000}
    training.words["policy.online_buffer_capacity"] = 100_000
    with training.act(with_learner=True) as running:
        running.wait_for(lambda _: len(training.arrived()) >= 2, timeout_s=240)
        running.kill("learner")
        assert running.wait(60) != 0
    assert "the learner has ended without a word" in running.log()
    assert "RESUME_TRAINING=1 goes on" in running.log()
    first = training.episodes()
    training.environ["RESUME_TRAINING"] = "1"
    with training.act(with_learner=True) as running:
        running.wait_for(lambda _: len(training.episodes()) > len(first), timeout_s=240)
        training.stop(running)
    both = training.episodes()
    assert [e["episode"] for e in both] == list(range(1, len(both) + 1))
    assert len(training.stored(capacity=100_000)) == both[-1]["Interaction step"]


def test_a_learner_that_fails_in_an_update_ends_the_run_with_its_reason(
    training: Training,
) -> None:
    """The actor repeats it; here the weights are soon no numbers, or no factor can be found."""
    training.words |= {"algorithm.critic_lr": 1e30, "algorithm.actor_lr": 1e30}
    with training.act(with_learner=True) as running:
        assert running.wait(300) != 0
    assert "the learner has ended: " in running.log()
    said = [line for line in running.log().splitlines() if "the learner has ended: " in line]
    assert any(" actor: " in line for line in said), running.log()
    assert all("not finite" in line or "cholesky" in line for line in said)
