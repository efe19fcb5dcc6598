"""Looking how far an arm is moved while a dataflow runs."""

import argparse
import json
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from dora_hil import durable
from dora_hil.bounds.dataflow_run import DataflowRun, body_environment, expanded
from dora_hil.bounds.extents import Extents
from dora_hil.bounds.pose_log import Pose
from dora_hil.config import ConfigError, read_json, value_at
from dora_hil.errors import UserError
from dora_hil.json_edit import with_value

KEY = "env.processor.inverse_kinematics.end_effector_bounds"
REACH = {"min": [-0.85, -0.85, 0.0], "max": [0.85, 0.85, 1.19]}
"""What the Panda can reach at most [m], base frame, above the table that it stands on."""


class NothingSeenError(UserError):
    """A run that did not say where the arm is."""


class Screen:
    """A terminal on which one line is kept up to date below all others."""

    def __init__(self) -> None:
        """Write to stdout; without a terminal, the kept line is left out."""
        self._kept = ""
        self._lock = threading.Lock()
        self._is_terminal = sys.stdout.isatty()

    def say(self, text: str) -> None:
        """Print a line above the kept one."""
        with self._lock:
            erase = "\r\033[K" if self._kept else ""
            print(f"{erase}{text}\n{self._kept}", end="", flush=True)

    def keep(self, text: str) -> None:
        """Replace the kept line."""
        if self._is_terminal:
            with self._lock:
                self._kept = text[: shutil.get_terminal_size().columns - 1]
                print(f"\r\033[K{self._kept}", end="", flush=True)


def widen(
    graph: dict[str, Any], home: Path, widened: Path, screen: Screen, by_m: float | None
) -> None:
    """Give the body an environment JSON of its own, with wider bounds.

    Args:
        graph: the dataflow, which is changed.
        home: the folder that its relative paths begin in.
        widened: the file to write.
        screen: where it is said what holds.
        by_m: on every side; None for all that the simulator reaches, and nothing for a robot.

    Raises:
        ConfigError: the body's environment JSON cannot be used.
    """
    environment = body_environment(graph)
    name = expanded(str(environment.get("ENV_CONFIG", "")), os.environ)
    if not name:
        screen.say(
            "the body has no ENV_CONFIG that could be widened: the bounds of its default hold"
        )
        return
    raw = read_json(home / name)
    env = raw.get("env")
    is_simulator = isinstance(env, dict) and env.get("name", "gym_hil") == "gym_hil"
    if by_m is None and is_simulator:
        bounds: Any = REACH
    elif by_m:
        bounds = wider(raw, by_m, name)
    else:
        screen.say("the bounds of the body's own config hold meanwhile (--widen-m widens them)")
        return
    text = with_value((home / name).read_text(encoding="utf-8"), KEY, bounds, name)
    widened.write_text(text, encoding="utf-8")
    environment["ENV_CONFIG"] = str(widened)


def wider(raw: Any, by_m: float, name: str) -> dict[str, list[float]]:
    """Return the bounds of an environment JSON, so much wider on every side.

    Raises:
        ConfigError: it has none.
    """
    block = value_at(raw, KEY)
    try:
        low, high = block["min"], block["max"]
        return {"min": [v - by_m for v in low], "max": [v + by_m for v in high]}
    except (TypeError, KeyError):
        raise ConfigError(
            f"{name}: {KEY}: must be {{min: [x, y, z], max: [x, y, z]}} in m to be widened, "
            f"got {block!r}"
        ) from None


def watch(run: DataflowRun, extents: Extents, screen: Screen, args: argparse.Namespace) -> None:
    """Take every pose into account until the run is over, or is to be.

    Raises:
        NothingSeenError: the run failed before the arm was seen.
    """
    for number_ in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number_, signal.default_int_handler)
    printer = threading.Thread(target=forward, args=(run, screen))
    printer.start()
    first_s: float | None = None
    try:
        while run.process.poll() is None:
            take(run, extents, args.mode)
            if first_s is None and (extents.tcp_xyz_m or extents.joint_pos):
                first_s = time.monotonic()
                screen.say("the arm is watched: move it along every axis; Ctrl-C ends the run")
            screen.keep(extents.summary())
            limit_s = args.control_time_s
            if limit_s and first_s is not None and time.monotonic() - first_s >= limit_s:
                break
            time.sleep(0.1)
    except KeyboardInterrupt:
        screen.say("ending the run ... (Ctrl-C once more does not wait for it)")
    run.stop()
    printer.join()
    take(run, extents, args.mode)
    screen.keep("")
    if not (extents.tcp_xyz_m or extents.joint_pos):
        raise NothingSeenError(f"{args.dataflow}: the body did not say where the arm is")


def forward(run: DataflowRun, screen: Screen) -> None:
    """Print what dora prints."""
    assert run.process.stdout is not None
    for line in run.process.stdout:
        screen.say(line.rstrip())


def take(run: DataflowRun, extents: Extents, mode: str) -> None:
    """Take what the listener has written into account, as far as it is asked for."""
    for line in run.lines():
        pose = Pose.from_json(line)
        tcp = None if mode == "joint" else pose.tcp_xyz_m
        joints = {} if mode == "ee" else pose.joint_pos
        extents.add(Pose(tcp, joints, pose.joint_units))


def report(extents: Extents, args: argparse.Namespace) -> None:
    """Print the table and the JSON, and write the bounds where wanted.

    Raises:
        ExtentsError: the bounds would enclose nothing.
    """
    print(*extents.lines(), sep="\n")
    if extents.joint_pos:
        print(json.dumps({"joint_limits": extents.joint_limits()}))
    if extents.tcp_xyz_m:
        bounds = extents.end_effector_bounds(args.margin_m)
        print(json.dumps({"end_effector_bounds": bounds}))
        if args.config is not None:
            path = args.config.resolve()
            text = with_value(path.read_text(encoding="utf-8"), KEY, bounds, str(args.config))
            durable.write(path, text.encode())
            print(f"{args.config}: {KEY} is set")
    elif args.config is not None:
        raise NothingSeenError("the body did not say where its tool is: nothing was written")
