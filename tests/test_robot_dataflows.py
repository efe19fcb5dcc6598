"""The dataflows of an SO-101 are those of the simulator with another body."""

from typing import Any

import pytest
import yaml
from harness import ROOT

SIMULATOR_ONLY = {"VIEWER", "VIDEO", "LOCKSTEP"}
OTHER_CONFIGS = {
    "configs/example_gym_hil_record.json": "configs/so101_record.json",
    "configs/example_gym_hil_eval.json": "configs/so101_eval.json",
    "configs/train_gym_hil_env.json": "configs/train_so101.json",
}


def graph(name: str, configs: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return a dataflow's nodes by id, with other default configs."""
    text = (ROOT / name).read_text()
    for old, new in configs.items():
        text = text.replace(old, new)
    return {node["id"]: node for node in yaml.safe_load(text)["nodes"]}


@pytest.mark.parametrize("purpose", ["demo", "record", "eval", "train", "bridge"])
def test_a_robots_dataflow_differs_in_its_body_and_its_table(purpose: str) -> None:
    """And in what the default configs are called.

    A virtual table can have an operator, which stands for the person at the keyboard; an arm, which
    knows no success, a classifier, which the others hear the body through.
    """
    simulator = graph(f"dataflow-{purpose}.yaml", OTHER_CONFIGS)
    robot = graph(f"dataflow-{purpose}-so101.yaml", {})
    body, virtual, table = simulator.pop("body"), robot.pop("body"), robot.pop("table")
    assert table["path"] == "virtual-so101-node"
    assert table["env"]["ENV_CONFIG"] == virtual["env"]["ENV_CONFIG"]
    if robot.pop("operator", None):
        for name in ("intervention_operator", "control_operator"):
            assert virtual["inputs"].pop(name)["source"].startswith("operator/")
    if robot.pop("reward", None):
        assert virtual["inputs"].pop("control_reward")["source"] == "reward/control"
        for node in robot.values():
            if "episode" in node["inputs"]:
                assert node["inputs"]["episode"]["source"] == "reward/episode"
                node["inputs"]["episode"]["source"] = "body/episode"
    assert robot == simulator
    assert (body["path"], virtual["path"]) == ("gym-hil-node", "robot-node")
    assert virtual["inputs"] == body["inputs"]
    assert set(virtual["env"]) == set(body["env"]) - SIMULATOR_ONLY
    assert set(virtual["outputs"]) <= set(body["outputs"])
