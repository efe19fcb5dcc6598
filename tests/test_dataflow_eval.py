"""`dataflow-eval.yaml` and `dataflow-eval-fast.yaml`: a policy acts, and the score is kept."""

import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_policy
from browser import HOLD_MS, chromium
from hands import Hands
from harness import (
    ROOT,
    TEST_NODES,
    Condition,
    Run,
    count,
    dataflow,
    node,
    passed,
    python_node,
    run,
    write_changed,
)
from lerobot.datasets import LeRobotDataset
from playwright.sync_api import Browser

from gym_hil_node.config_file import load_config
from gym_hil_node.simulator import Simulator

STATE = ROOT / "configs/gym_hil_env_state.json"


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save an untrained policy for the simulator without cameras; it hovers about its home."""
    simulator = Simulator(load_config(STATE))
    folder = tmp_path_factory.mktemp("policy") / "act"
    small_policy.write(folder, simulator.spec, chunk_size=20, n_action_steps=10)
    simulator.close()
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium once."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the environment without cameras, with episodes of 2 s."""
    path = tmp_path_factory.mktemp("env") / "short.json"
    return write_changed(path, STATE.name, env__processor__reset__control_time_s=2.0)


def evaluate(
    folder: Path,
    policy: Path,
    env_config: Path,
    *words: str,
    name: str = "dataflow-eval-fast.yaml",
    slow: bool = False,
    environ: dict[str, str] | None = None,
) -> AbstractContextManager[Run]:
    """Return a run of an evaluation whose results go to `folder / "results"`.

    Args:
        folder: where the run's log goes.
        policy: what is evaluated.
        env_config: of the simulator.
        words: keys of the config.
        name: the dataflow.
        slow: let every inference take 0.3 s.
        environ: further variables.
    """
    graph = dataflow(name)
    if slow:
        old = node(graph, "policy")
        kept = {key: old[key] for key in ("env", "inputs", "outputs")}
        graph["nodes"].remove(old)
        graph["nodes"].append(python_node("policy", TEST_NODES / "slow_policy.py", **kept))
    words = (f"--policy.path={policy}", f"--eval.output_dir={folder / 'results'}", *words)
    variables = {
        "ENV_CONFIG": str(env_config),
        "EVAL_ARGS": " ".join(words),
        "VIEWER": "off",
        "RERUN_MODE": "off",
        "HF_HUB_OFFLINE": "1",
        **(environ or {}),
    }
    return run(graph, folder, environ=variables)


def driven_by(driver: str) -> Condition:
    """Hold once that is who drives."""
    return lambda messages: messages[-1]["driver"] == driver


def results(folder: Path) -> dict[str, Any]:
    """Return what an evaluation has written."""
    content: dict[str, Any] = json.loads((folder / "results/results.json").read_text())
    return content


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory, policy: Path, short: Path) -> Path:
    """Evaluate seeds 7 and 3, and record that as a dataset."""
    folder = tmp_path_factory.mktemp("evaluated")
    words = ("--eval.seeds=[7,3]", f"--dataset.root={folder / 'data'}")
    with evaluate(folder / "run", policy, short, *words) as running:
        running.end_well(120)
    return folder


def test_an_evaluation_ends_by_itself_with_its_figures(evaluated: Path) -> None:
    """Each listed seed, in order."""
    result = results(evaluated / "run")
    assert [(e["seed"], e["length"], e["end_reason"]) for e in result["episodes"]] == [
        (7, 20, "time_limit"),
        (3, 20, "time_limit"),
    ]
    assert result["action_space"] == "ee_absolute"
    assert result["summary"]["success_rate"] == 0.0
    assert (evaluated / "run/results/results.txt").read_text().startswith("success 0%: 0 of 2")


@pytest.mark.slow
def test_the_same_command_twice_gives_the_same_result(
    evaluated: Path, tmp_path: Path, policy: Path, short: Path
) -> None:
    """Every action and every observation, at five times the clock."""
    with evaluate(tmp_path / "run", policy, short, "--eval.seeds=[7,3]") as running:
        running.end_well(120)
    runs = (evaluated / "run", tmp_path / "run")
    first, second = (results(folder)["episodes"] for folder in runs)
    for episode in (*first, *second):
        del episode["rate_hz"], episode["missed_ticks"]
    assert first == second
    seen = [
        [
            {name: value for name, value in message.items() if name.startswith(("obs", "action."))}
            for message in map(json.loads, (folder / "episode.jsonl").read_text().splitlines())
            if message["kind"] != "phase"
        ]
        for folder in runs
    ]
    assert seen[0] == seen[1]
    assert len(seen[0]) == 42


def test_an_evaluation_can_be_recorded_as_a_dataset(evaluated: Path) -> None:
    """With the executed actions, in the policy's own space."""
    dataset = LeRobotDataset("example/eval_gym_hil_trial", root=evaluated / "data")
    assert (dataset.num_episodes, len(dataset)) == (2, 40)
    actions = np.stack([dataset[i]["action"] for i in range(len(dataset))])
    assert np.abs(actions - small_policy.ABOUT_HOME).max() < 0.1


@pytest.mark.slow
def test_films_are_made_of_failures(tmp_path: Path) -> None:
    """With pictures, from both cameras."""
    config = write_changed(
        tmp_path / "env.json", "gym_hil_env.json", env__processor__reset__control_time_s=1.0
    )
    simulator = Simulator(load_config(config))
    policy = small_policy.write(tmp_path / "act", simulator.spec)
    simulator.close()
    with evaluate(tmp_path / "run", policy, config, "--eval.n_episodes=1") as running:
        running.end_well(120)
    films = [path.name for path in (tmp_path / "run/results").glob("*.mp4")]
    assert films == ["episode_000_seed_1000_time_limit.mp4"]


def slow_results(folder: Path, policy: Path, short: Path, word: str) -> dict[str, Any]:
    """Return the results of two whole episodes in which every inference takes 0.3 s."""
    words = ("--eval.n_episodes=2", word)
    with evaluate(
        folder / "run", policy, short, *words, name="dataflow-eval.yaml", slow=True
    ) as running:
        running.end_well(120)
    result = results(folder / "run")
    assert [e["length"] for e in result["episodes"]] == [20, 20]
    return result


@pytest.mark.slow
def test_a_policy_slower_than_the_tick_does_not_slow_the_body(
    tmp_path: Path, policy: Path, short: Path
) -> None:
    """Inference of 0.3 s at 10 Hz: the target is held meanwhile, and the misses are counted."""
    episodes = slow_results(tmp_path, policy, short, "--policy.n_action_steps=1")["episodes"]
    assert all(9.0 < e["rate_hz"] < 11.0 for e in episodes)
    # No answer is for the step that is taken when it comes.
    assert all(e["late"] >= 15 for e in episodes)


@pytest.mark.slow
def test_ctrl_c_ends_an_evaluation_with_what_was_evaluated_until_then(
    tmp_path: Path, policy: Path, short: Path
) -> None:
    """Without an error."""
    with evaluate(tmp_path / "run", policy, short) as running:
        running.wait_for(passed(verdict="keep"), timeout_s=90)
        running.interrupt()
        running.end_well(30)
        assert "Traceback" not in running.log()
    assert 1 <= results(tmp_path / "run")["summary"]["episodes"] < 50


@pytest.mark.slow
def test_asynchronous_inference_hides_a_slow_policy(
    tmp_path: Path, policy: Path, short: Path
) -> None:
    """Only an episode's first actions are late: there is nothing to go by before."""
    result = slow_results(tmp_path, policy, short, "--inference=async")
    assert all(e["late"] <= 6 for e in result["episodes"])
    assert result["summary"]["inference_ms"]["p50"] >= 300


@pytest.mark.slow
def test_an_episode_that_a_person_took_over_is_marked_and_left_out(
    tmp_path: Path, policy: Path, short: Path, display: str
) -> None:
    """An arrow key on a real X server; the policy goes on when it is let go."""
    with evaluate(
        tmp_path / "run",
        policy,
        short,
        "--eval.n_episodes=2",
        name="dataflow-eval.yaml",
        environ={"DISPLAY": display},
    ) as running:
        running.wait_for(passed(kind="mid"), timeout_s=90)
        hands = Hands(display)
        hands("keydown", "Up")
        running.wait_for(lambda ms: ms[-1]["driver"] == "intervention_keyboard")
        hands("keyup", "Up")
        running.wait_for(lambda ms: ms[-1]["driver"] == "action")
        running.end_well()
    result = results(tmp_path / "run")
    first, second = result["episodes"]
    assert first["interventions"] > 0
    assert second["interventions"] == 0
    assert result["summary"]["left_out_for_interventions"] == 1
    assert result["summary"]["counted"] == 1


@pytest.mark.slow
def test_what_a_person_did_on_the_page_is_in_the_dataset_frame_by_frame(
    tmp_path: Path, policy: Path, browser: Browser
) -> None:
    """Taken over twice and handed back, another task, an attempt discarded, the last stopped."""
    env = write_changed(tmp_path / "env.json", STATE.name, env__processor__reset__control_time_s=60)
    words = ("--eval.n_episodes=5", "--seed=7", f"--dataset.root={tmp_path / 'data'}")
    with (
        evaluate(
            tmp_path / "run",
            policy,
            env,
            *words,
            name="dataflow-eval.yaml",
            environ={"WEB_PORT": "0"},
        ) as running,
        closing(browser.new_page()) as page,
    ):
        running.wait_for(passed(kind="mid"), timeout_s=90)
        found = re.search(r"in a browser: (http://\S+)", running.log())
        assert found is not None
        page.goto(found.group(1))
        page.wait_for_selector("#who:has-text('the policy drives')")
        # The first: a held key, then the button.
        page.keyboard.down("ArrowUp")
        running.wait_for(driven_by("intervention_web"))
        page.keyboard.up("ArrowUp")
        running.wait_for(driven_by("action"))
        page.click("[data-deed=take_over]")
        running.wait_for(driven_by("intervention_web"))
        page.click("[data-deed=take_over]")
        running.wait_for(driven_by("action"))
        page.click("#task")
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("stack the blocks")
        page.keyboard.press("Enter")
        running.wait_for(lambda ms: ms[-1]["task"] == "stack the blocks")
        page.keyboard.press("s")
        # The second is discarded, and tried again.
        running.wait_for(lambda ms: ms[-1]["seed"] == 8 and ms[-1]["step"] > 3)
        page.keyboard.press("r", delay=HOLD_MS)
        running.wait_for(lambda ms: count(ms, kind="first", seed=8) == 2)
        running.wait_for(lambda ms: ms[-1]["kind"] == "mid" and ms[-1]["step"] > 3)
        page.keyboard.press("f")
        # In the middle of the third.
        running.wait_for(lambda ms: ms[-1]["seed"] == 9 and ms[-1]["step"] > 3)
        page.keyboard.press("Escape", delay=HOLD_MS)
        running.end_well()
    told = results(tmp_path / "run")["episodes"]
    assert [(e["seed"], e["success"]) for e in told] == [(7, True), (8, False)]
    attempts = {m["episode"]: m["seed"] for m in running.messages() if m["kind"] == "first"}
    assert list(attempts.values()) == [7, 8, 8, 9]
    first, _, again, _ = attempts
    dataset = LeRobotDataset("example/eval_gym_hil_trial", root=tmp_path / "data")
    rows = [dataset[i] for i in range(len(dataset))]
    assert dataset.num_episodes == 2
    for number, episode in enumerate((first, again)):
        steps = [
            m
            for m in running.messages()
            if m["episode"] == episode and m["kind"] in ("first", "mid", "last")
        ]
        kept = [row for row in rows if int(row["episode_index"]) == number]
        assert len(kept) == len(steps) - 1
        for row, (seen, done) in zip(kept, pairwise(steps), strict=True):
            np.testing.assert_allclose(row["observation.state"], seen["observation.state"])
            np.testing.assert_allclose(row["action"], done["action.ee_absolute"])
            assert bool(row["complementary_info.is_intervention"]) == done["is_intervention"]
            assert row["task"] == seen["task"]
        flags = [m["is_intervention"] for m in steps[1:]]
        assert sum(b > a for a, b in pairwise([False, *flags])) == (2 if number == 0 else 0)
    assert {row["task"] for row in rows} == {"wait and see", "stack the blocks"}


def test_a_policy_that_is_not_there_is_one_line_and_no_step_is_made(
    tmp_path: Path, short: Path
) -> None:
    """Exit code 2, and a body that is not left waiting."""
    with evaluate(tmp_path / "run", Path("outputs/nothing"), short) as running:
        assert running.wait(60) != 0
        assert "outputs/nothing: there is no such folder" in running.log()
        assert "exited with code 2" in running.log()
        assert "Traceback" not in running.log()
        assert running.messages() == []
