"""A follower that follows a leader: this project's dataflow and `lerobot-teleoperate`, on the wire.

Two virtual SO-101, with physics, write down every exchange on their line. Each loop runs without
cameras and with the two that are drawn of the follower. The period is that between two goals
written to the follower; bus time is what the follower's line is busy for in a period; the delay is
from the leader's reading to the goal that it became.

    uv run python benchmarks/bench_robot.py --seconds 20
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise, product
from pathlib import Path
from typing import Any

from dora_hil.hardware.virtual_arm import VirtualArm
from virtual_so101_node.packets import Instruction

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "configs/so101_env.json"
sys.path.insert(0, str(ROOT / "tests"))

from harness import BIN, dataflow, node, run  # noqa: E402 - starts dataflows for the tests too
from virtual_arm import calibrate  # noqa: E402

HAS_MOVED_S = 3.0
"""What comes before is homing and handing over."""


class Line:
    """What passed on an arm's line."""

    def __init__(self, trace: Path, since_s: float) -> None:
        """Read a trace from some time on."""
        lines = trace.read_text().splitlines(keepends=True)
        exchanges = [json.loads(line) for line in lines if line.endswith("\n")]
        self.exchanges = [e for e in exchanges if e["t_s"] >= since_s]

    def times_s(self, instruction: Instruction) -> list[float]:
        """Return when that was asked for."""
        asked = f"{int(instruction):02x}"
        # FF FF id length instruction: LeRobot sends a packet at a time.
        return [e["t_s"] for e in self.exchanges if e["asked"][8:10] == asked]

    @property
    def busy_s(self) -> float:
        """Return how long the line was busy in all."""
        return float(sum(e["busy_s"] for e in self.exchanges))


def figures(follower: Line, leader: Line) -> dict[str, float]:
    """Return the figures of one loop, milliseconds."""
    goals_s = follower.times_s(Instruction.SYNC_WRITE)
    looks_s = leader.times_s(Instruction.SYNC_READ)
    periods_ms = sorted(1000 * (b - a) for a, b in pairwise(goals_s))
    delays_ms = [
        1000 * (goal - max(look for look in looks_s if look < goal))
        for goal in goals_s
        if looks_s and looks_s[0] < goal
    ]
    return {
        "goals": len(goals_s),
        "period": statistics.median(periods_ms),
        "std": statistics.stdev(periods_ms),
        "p99": periods_ms[len(periods_ms) * 99 // 100],
        "bus": 1000 * follower.busy_s / len(goals_s),
        "delay": statistics.median(delays_ms),
    }


def arm_of(kind: str, port: Path) -> dict[str, Any]:
    """Return an arm as LeRobot's configs have it."""
    return {"type": kind, "port": str(port), "id": "virtual", "calibration_dir": str(port.parent)}


def cameras_of(arm: VirtualArm) -> dict[str, Any]:
    """Return the cameras of the shipped config, as a virtual arm serves them."""
    shipped = json.loads(CONFIG.read_text())["env"]["robot"]["cameras"]
    return {name: {**camera, "port": arm.camera_port} for name, camera in shipped.items()}


def follow_with_lerobot(hz: int, folder: Path, seconds: float, cameras: dict[str, Any]) -> None:
    """Run LeRobot's own loop."""
    words: dict[str, object] = {"fps": hz, "teleop_time_s": seconds + HAS_MOVED_S}
    if cameras:
        words["robot.cameras"] = json.dumps(cameras)
    for role, kind in (("robot", "so101_follower"), ("teleop", "so101_leader")):
        words |= {f"{role}.{k}": v for k, v in arm_of(kind, folder / role).items()}
    command = [str(BIN / "lerobot-teleoperate"), *(f"--{k}={v}" for k, v in words.items())]
    subprocess.run(
        command, check=True, capture_output=True, env={**os.environ, "HF_HUB_OFFLINE": "1"}
    )


def follow_with_a_dataflow(hz: int, folder: Path, seconds: float, cameras: dict[str, Any]) -> None:
    """Run body and leader of the shipped dataflow."""
    graph = dataflow("dataflow-record-so101-leader.yaml")
    graph["nodes"] = [n for n in graph["nodes"] if n["id"] in ("body", "leader")]
    config = json.loads(CONFIG.read_text())
    config["env"]["fps"] = hz
    config["env"]["robot"] = {**arm_of("so101_follower", folder / "robot"), "cameras": cameras}
    # Joints alone: LeRobot's loop has no kinematics either.
    config["env"]["processor"]["inverse_kinematics"] = None
    config["env"]["processor"]["reset"] = {"control_time_s": 0.0}
    (folder / "env.json").write_text(json.dumps(config))
    body, leader = node(graph, "body"), node(graph, "leader")
    body["env"] |= {"ENV_CONFIG": str(folder / "env.json"), "ADVANCE": "auto"}
    words = f"--teleop.port={folder / 'teleop'} --teleop.id=virtual"
    leader["env"] |= {"LEADER_ARGS": f"{words} --teleop.calibration_dir={folder}"}
    for entry in (body, leader):
        entry["inputs"]["tick"]["source"] = f"dora/timer/hz/{hz}"
    body["inputs"] = {
        k: v for k, v in body["inputs"].items() if k in ("tick", "intervention_leader")
    }
    body["outputs"] = ["episode", "status"]
    leader["inputs"]["status"]["source"] = "body/status"
    with run(graph, folder) as running:
        running.wait_for(
            lambda seen: any(m["driver"] == "intervention_leader" and m["step"] > 0 for m in seen),
            120,
        )
        time.sleep(HAS_MOVED_S + seconds)


LOOPS = {"lerobot-teleoperate": follow_with_lerobot, "dataflow": follow_with_a_dataflow}


def measure(name: str, hz: int, seconds: float, *, has_cameras: bool) -> dict[str, float]:
    """Run one loop at one rate on fresh arms and return its figures."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        traces = [folder / f"{role}.trace" for role in ("robot", "teleop")]
        with (
            VirtualArm(folder / "robot", "--trace", str(traces[0])) as follower_arm,
            VirtualArm(folder / "teleop", "--weightless", "--trace", str(traces[1])),
        ):
            calibrate(folder)
            LOOPS[name](hz, folder, seconds, cameras_of(follower_arm) if has_cameras else {})
        last_s = Line(traces[0], 0.0).times_s(Instruction.SYNC_WRITE)[-1]
        follower, leader = (Line(trace, last_s - seconds) for trace in traces)
        return figures(follower, leader)


def main() -> None:
    """Measure both loops at each rate, in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    args = parser.parse_args()
    print("| Cameras | Hz | Loop | goals | period ms | std | p99 | bus ms | leader to goal ms |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for has_cameras, hz, name in product((False, True), (10, 30, 50), LOOPS):
        f = measure(name, hz, args.seconds, has_cameras=has_cameras)
        print(
            f"| {2 * has_cameras} | {hz} | {name} | {f['goals']:.0f} | {f['period']:.2f} | "
            f"{f['std']:.2f} | {f['p99']:.2f} | {f['bus']:.2f} | {f['delay']:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
