"""How long nodes take to import and to start, and a dataflow to its first `episode` message.

Each figure is the median of several cold processes.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from harness import dataflow, run  # noqa: E402 - the harness of the tests starts dataflows

NODES = ("gym_hil_node", "keyboard_node", "operator_node")


def seconds_of(command: list[str], rounds: int) -> float:
    """Return the median wall time of a command."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def imports_torch(module: str) -> bool:
    """Say whether importing a module brings torch."""
    code = f"import {module}, sys; sys.exit('torch' in sys.modules)"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode != 0


def first_episode_s(rounds: int) -> float:
    """Return the time from `dora run` to the first message on `episode`."""
    times: list[float] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            begin = time.monotonic()
            graph = dataflow("dataflow-demo-operator.yaml")
            with run(graph, Path(folder), environ={"EPISODES": "1"}) as running:
                messages = running.wait_for(bool)
                times.append(messages[0]["t_received_ns"] / 1e9 - begin)
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    args = parser.parse_args()
    bare_s = seconds_of([sys.executable, "-c", "pass"], args.rounds)
    figures: dict[str, float | bool] = {"python": bare_s}
    print(f"python alone                        {bare_s:6.2f} s")
    for name in NODES:
        script = BIN / name.replace("_", "-")
        module = f"{name}.main"
        import_s = seconds_of([sys.executable, "-c", f"import {module}"], args.rounds)
        help_s = seconds_of([str(script), "--help"], args.rounds)
        torch = imports_torch(module)
        figures |= {f"{name} import": import_s, f"{name} help": help_s, f"{name} torch": torch}
        print(
            f"{name:20} import {import_s:6.2f} s, --help {help_s:6.2f} s, "
            f"{'imports torch' if torch else 'no torch'}"
        )
    first_s = first_episode_s(args.rounds)
    figures["first episode message"] = first_s
    print(f"dora run to the first `episode`     {first_s:6.2f} s")
    if args.json:
        args.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
