"""What a picture costs in each rendering quality, and what starting up costs.

    MUJOCO_GL=egl uv run python benchmarks/bench_rendering.py --json rendering.json

Both of gym-hil's cameras at 128x128 and, in the fast quality, at 640x480. The qualities take
turns in one process, so that a busy machine slows them all; loading is timed in new processes.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import mujoco
import numpy as np

from dora_hil.display.renderer import CameraConfig, CameraRenderer
from gym_hil_node.scene import load_scene

HOME_RAD = (0, -0.785, 0, -2.35, 0, 1.57, np.pi / 4)
QUALITIES = ("stock", "full", "fast")

START_UP = """
import sys, time
started_s = time.perf_counter()
import mujoco
from dora_hil.display.renderer import CameraConfig, CameraRenderer
from gym_hil_node.scene import load_scene
imported_s = time.perf_counter()
model = load_scene("pick_cube", sys.argv[1])
loaded_s = time.perf_counter()
data = mujoco.MjData(model)
mujoco.mj_forward(model, data)
cameras = {"front": CameraConfig("front"), "wrist": CameraConfig("handcam_rgb")}
CameraRenderer(model, cameras).render(data)
drawn_s = time.perf_counter()
print(imported_s - started_s, loaded_s - imported_s, drawn_s - loaded_s)
"""


class Camera:
    """Both cameras of one quality at one size, ready to be timed."""

    def __init__(self, quality: str, width_px: int, height_px: int) -> None:
        """Load the scene and draw once, so that what is compiled lazily is."""
        model = load_scene("pick_cube", quality)
        self._data = mujoco.MjData(model)
        self._data.qpos[:7] = HOME_RAD
        mujoco.mj_forward(model, self._data)
        cameras = ("front", "handcam_rgb")
        self._renderer = CameraRenderer(
            model, {name: CameraConfig(name, width_px, height_px) for name in cameras}
        )
        self._renderer.render(self._data)

    def time_ms(self) -> float:
        """Draw both cameras once."""
        started_s = time.perf_counter()
        self._renderer.render(self._data)
        return (time.perf_counter() - started_s) * 1e3

    def close(self) -> None:
        """Release the OpenGL context."""
        self._renderer.close()


def pictures(rounds: int) -> dict[str, float]:
    """Return the median milliseconds for both cameras, by case."""
    cases = {f"{quality} 128x128": Camera(quality, 128, 128) for quality in QUALITIES}
    cases["fast 640x480"] = Camera("fast", 640, 480)
    times_ms: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            times_ms[name].append(case.time_ms())
    for case in cases.values():
        case.close()
    return {name: statistics.median(found) for name, found in times_ms.items()}


def start_up(repeats: int) -> dict[str, dict[str, float]]:
    """Return the median milliseconds of import, load and first frame, by quality."""
    found: dict[str, list[list[float]]] = {quality: [] for quality in QUALITIES}
    for _ in range(repeats):
        for quality in QUALITIES:
            done = subprocess.run(
                [sys.executable, "-c", START_UP, quality],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
                capture_output=True,
                text=True,
                check=True,
            )
            found[quality].append([float(part) * 1e3 for part in done.stdout.split()])
    parts = ("import_ms", "load_ms", "first_frame_ms")
    return {
        quality: dict(zip(parts, map(statistics.median, zip(*runs, strict=True)), strict=True))
        for quality, runs in found.items()
    }


def main() -> None:
    """Print both tables, and write them if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="how often the qualities take turns")
    parser.add_argument("--json", type=Path, help="write the numbers here")
    args = parser.parse_args()

    both_ms = pictures(args.rounds)
    stock_ms = both_ms["stock 128x128"]
    print(f"{'both cameras':<16}{'median ms':>10}{'stock / this':>14}")
    for name, median_ms in both_ms.items():
        ratio = f"{stock_ms / median_ms:.1f}" if name.endswith("128x128") else ""
        print(f"{name:<16}{median_ms:>10.1f}{ratio:>14}")
    starting_ms = start_up(repeats=3)
    print(f"\n{'start-up':<16}{'import ms':>10}{'load ms':>10}{'first frame ms':>16}")
    for quality, parts_ms in starting_ms.items():
        import_ms, load_ms, first_frame_ms = parts_ms.values()
        print(f"{quality:<16}{import_ms:>10.0f}{load_ms:>10.0f}{first_frame_ms:>16.0f}")
    if args.json:
        numbers = {
            "machine": platform.machine(),
            "cores": os.cpu_count(),
            "mujoco": mujoco.__version__,
            "mujoco_gl": os.environ.get("MUJOCO_GL", ""),
            "both_cameras_ms": both_ms,
            "start_up_ms": starting_ms,
        }
        args.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
