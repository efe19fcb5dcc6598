"""Finding the workspace's bounds, with the real dora."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import BIN, ROOT, command, dataflow, interruptible, node

from dora_hil.bounds.search import Screen, widen
from dora_hil.config import ConfigError

main = command("bounds")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the operator's demo, its config and a probe, by relative paths."""
    graph = dataflow("dataflow-demo-operator.yaml")
    body = node(graph, "body")
    body["env"] |= {"VIEWER": "off", "LOCKSTEP": "action", "ENV_CONFIG": "configs/env.json"}
    body["inputs"]["tick"]["source"] = "dora/timer/millis/20"
    listener = {"episode": {"source": "body/episode", "queue_size": 600}}
    probe = {"id": "probe", "path": sys.executable, "inputs": listener}
    graph["nodes"].append({**probe, "args": "-m dora_hil.testing.probe passed.jsonl"})
    (tmp_path / "demo.yaml").write_text(yaml.safe_dump(graph))
    config = json.loads((ROOT / "configs/gym_hil_env_state.json").read_text())
    # A cage in which nothing could be lifted.
    cage = {"min": [0.39, -0.01, 0.3], "max": [0.41, 0.01, 0.31]}
    config["env"]["processor"]["inverse_kinematics"]["end_effector_bounds"] = cage
    (tmp_path / "tmp").mkdir()
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "env.json").write_text(json.dumps(config, indent=2))
    return tmp_path


@contextmanager
def started(folder: Path, *options: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """Start the command, in an environment that is not active; what is left of it is ended."""
    environ = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environ |= {"PATH": os.defpath, **variables}
    with interruptible():
        process = subprocess.Popen(
            [BIN / "dora-hil", "bounds", str(folder / "demo.yaml"), *options],
            cwd=ROOT,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate()


def blocks(said: str) -> dict[str, Any]:
    """Return the JSON that was printed."""
    found: dict[str, Any] = {}
    for line in said.splitlines():
        if re.match(r'\{"(joint_limits|end_effector_bounds)"', line):
            found |= json.loads(line)
    return found


@pytest.mark.slow
def test_the_bounds_are_those_of_every_pose_and_the_old_ones_do_not_hold(folder: Path) -> None:
    """Written into the config; the run is that of the YAML, in its own folder."""
    config = folder / "configs" / "env.json"
    before = json.loads(config.read_text())
    options = (f"--config={config}", "--margin-m=0.01")
    with started(folder, *options, EPISODES="1", SEED="3") as process:
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    passed = [json.loads(line) for line in (folder / "passed.jsonl").read_text().splitlines()]
    places_m = [message["privileged.tcp_xyz_m"] for message in passed]
    bounds = blocks(said)["end_effector_bounds"]
    low, high = ([f(p[i] for p in places_m) for i in range(3)] for f in (min, max))
    assert bounds["min"] == pytest.approx([v - 0.01 for v in low], abs=1e-4)
    assert bounds["max"] == pytest.approx([v + 0.01 for v in high], abs=1e-4)
    assert bounds["min"][2] < 0.1
    joints = [message["observation.state"][:7] for message in passed]
    limits = blocks(said)["joint_limits"]
    assert list(limits) == [f"joint{i}.pos" for i in range(1, 8)]
    assert [v for v, _ in limits.values()] == pytest.approx(
        [min(j[i] for j in joints) for i in range(7)], abs=1e-4
    )
    after = json.loads(config.read_text())
    assert after["env"]["processor"]["inverse_kinematics"].pop("end_effector_bounds") == bounds
    del before["env"]["processor"]["inverse_kinematics"]["end_effector_bounds"]
    assert after == before


@pytest.mark.slow
def test_the_clock_ends_the_run(folder: Path) -> None:
    """What was seen until then is printed."""
    with started(folder, "--mode=ee", "--control-time-s=4", EPISODES="0") as process:
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert set(blocks(said)) == {"end_effector_bounds"}


@pytest.mark.parametrize(
    ("signal_number", "is_impatient"),
    [
        (signal.SIGINT, False),
        pytest.param(signal.SIGINT, True, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, False, marks=pytest.mark.slow),
    ],
)
def test_a_person_ends_the_run(
    folder: Path, signal_number: signal.Signals, is_impatient: bool
) -> None:
    """As with Ctrl-C, or two of them; nothing is left of it but what its nodes have written."""
    passed = folder / "passed.jsonl"
    passed.touch()
    with started(folder, "--mode=joint", EPISODES="0", TMPDIR=str(folder / "tmp")) as process:
        while '"step": 5,' not in passed.read_text():
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal_number)
        if is_impatient:
            time.sleep(0.3)
            process.send_signal(signal_number)
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert set(blocks(said)) == {"joint_limits"}
    assert not list((folder / "tmp").glob("dora-hil-*/*"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--config=nowhere.json"], "nowhere.json: there is no such file"),
        (["--mode=joint", "--config=nowhere.json"], "has no joint limits"),
    ],
)
def test_what_cannot_be_written_is_said_before_the_run(
    folder: Path, options: list[str], said: str
) -> None:
    """Nobody drives in vain."""
    with pytest.raises(ConfigError, match=said):
        main([str(folder / "demo.yaml"), *options])


@pytest.mark.parametrize("by_m", [None, 0.0])
def test_a_robot_keeps_its_bounds_unless_it_is_told_otherwise(
    tmp_path: Path, by_m: float | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """A real arm may meet a table there."""
    graph = dataflow("dataflow-demo-so101.yaml")
    before = dict(node(graph, "body")["env"])
    widen(graph, ROOT, tmp_path / "wide.json", Screen(), by_m)
    assert node(graph, "body")["env"] == before
    assert "--widen-m" in capsys.readouterr().out


def test_a_body_without_a_config_in_the_dataflow_keeps_the_bounds_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is nothing that could be written into; it is said."""
    graph = dataflow("dataflow-demo.yaml")
    del node(graph, "body")["env"]["ENV_CONFIG"]
    widen(graph, ROOT, tmp_path / "wide.json", Screen(), 0.05)
    assert "ENV_CONFIG" not in node(graph, "body")["env"]
    assert "has no ENV_CONFIG" in capsys.readouterr().out


def test_a_robots_bounds_are_widened_on_every_side(tmp_path: Path) -> None:
    """By what was asked for, in a copy; nothing else of its config changes."""
    graph = dataflow("dataflow-demo-so101.yaml")
    widen(graph, ROOT, tmp_path / "wide.json", Screen(), 0.05)
    assert node(graph, "body")["env"]["ENV_CONFIG"] == str(tmp_path / "wide.json")
    wide, own = (
        json.loads(path.read_text())
        for path in (tmp_path / "wide.json", ROOT / "configs/so101_env.json")
    )
    bounds, old = (
        config["env"]["processor"]["inverse_kinematics"].pop("end_effector_bounds")
        for config in (wide, own)
    )
    assert bounds["min"] == pytest.approx([value - 0.05 for value in old["min"]])
    assert bounds["max"] == pytest.approx([value + 0.05 for value in old["max"]])
    assert wide == own


def test_bounds_that_are_not_there_cannot_be_widened(tmp_path: Path) -> None:
    """By the key that is missing."""
    (tmp_path / "env.json").write_text('{"env": {"name": "real_robot"}}')
    graph = dataflow("dataflow-demo-so101.yaml")
    node(graph, "body")["env"]["ENV_CONFIG"] = "env.json"
    with pytest.raises(ConfigError, match=r"env\.json: .*end_effector_bounds: must be .*got None"):
        widen(graph, tmp_path, tmp_path / "wide.json", Screen(), 0.05)
