"""How a run ends: by itself, by a person, by an accident."""

import re
from pathlib import Path
from typing import Any

import pytest
from harness import EPISODE, ROOT, TEST_NODES, TICK, passed, python_node, run, said_by

STATUS = said_by("owner", "status")


def owned(episodes: int) -> dict[str, Any]:
    """Return a body with an owner, a policy, a keyboard without a display and an operator."""
    config = f"--config_path {ROOT}/configs/gym_hil_env_state.json"
    return {
        "exit_when_nodes_finish": True,
        "nodes": [
            {
                "id": "body",
                "path": "gym-hil-node",
                "args": f"{config} --advance auto --viewer off",
                "inputs": {
                    "tick": TICK,
                    "action": {"source": "policy/action", "queue_size": 10},
                    "intervention_keyboard": {"source": "keyboard/action", "queue_size": 1},
                    "intervention_operator": {"source": "operator/action", "queue_size": 10},
                    "control_keyboard": said_by("keyboard", "control"),
                    "status": STATUS,
                },
                "outputs": ["episode"],
            },
            {
                "id": "keyboard",
                "path": "keyboard-node",
                "inputs": {"tick": TICK, "status": STATUS},
                "outputs": ["action", "control"],
            },
            {
                "id": "operator",
                "path": "operator-node",
                "args": "--mode always",
                "inputs": {"episode": EPISODE, "status": STATUS},
                "outputs": ["action"],
            },
            python_node(
                "policy",
                TEST_NODES / "policy.py",
                inputs={"episode": EPISODE, "status": STATUS},
                outputs=["action"],
            ),
            python_node(
                "owner",
                TEST_NODES / "owner.py",
                f"--episodes {episodes}",
                inputs={"episode": EPISODE},
                outputs=["status"],
            ),
        ],
    }


def test_the_whole_graph_ends_when_its_owner_says_so(tmp_path: Path) -> None:
    """Also the keyboard, which has no display here and says so."""
    with run(owned(episodes=2), tmp_path) as running:
        running.end_well()
        kept = [m for m in running.messages() if m["verdict"] == "keep"]
        assert len(kept) == 2
        assert "display" in running.log().lower()


@pytest.mark.parametrize(
    "victim",
    [
        "gym-hil-node",
        pytest.param("keyboard-node", marks=pytest.mark.slow),
        pytest.param("operator-node", marks=pytest.mark.slow),
        pytest.param("policy.py", marks=pytest.mark.slow),
        pytest.param("owner.py", marks=pytest.mark.slow),
    ],
)
def test_the_whole_graph_ends_when_any_one_of_its_nodes_is_killed(
    tmp_path: Path, victim: str
) -> None:
    """With exit code 1, for a killed node is no success; nobody is left waiting."""
    with run(owned(episodes=1), tmp_path) as running:
        running.wait_for(passed(kind="mid"))
        running.kill(victim)
        assert running.wait(90) == 1, running.log()


def test_ctrl_c_ends_the_run_without_an_error(tmp_path: Path) -> None:
    """The running episode is discarded, and said to be."""
    with run(owned(episodes=100), tmp_path) as running:
        running.wait_for(passed(kind="mid"))
        running.interrupt()
        running.end_well(30)
        assert "discarded: the run ended before it did" in running.log()
        assert "Traceback" not in running.log()


@pytest.mark.slow
def test_stop_after_ends_the_run_without_an_error(tmp_path: Path) -> None:
    """`dora run --stop-after`."""
    with run(owned(episodes=100), tmp_path, args=("--stop-after", "12s")) as running:
        running.end_well()
        assert re.search(r"\d+ attempts?, \d+ missed ticks", running.log())


def test_a_wrong_argument_is_one_clear_line_and_an_exit_code(tmp_path: Path) -> None:
    """Nobody is left waiting at the start barrier."""
    graph = owned(episodes=1)
    graph["nodes"][0]["args"] += " --config_path missing.json"
    with run(graph, tmp_path, probe=False) as running:
        assert running.wait(60) == 1, running.log()
        assert "missing.json: there is no such file" in running.log()
        assert "Traceback" not in running.log()
