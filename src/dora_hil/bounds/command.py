r"""Drive the arm to the ends of its workspace, and get the bounds for the environment JSON.

    uv run dora-hil bounds dataflow-demo.yaml
    uv run dora-hil bounds dataflow-demo.yaml --config configs/my_env.json

It runs the dataflow and listens to the body. Ctrl-C, or the end of the run, prints how far the
tool centre point and the joints have come; --config writes the end effector's bounds. In the
simulator the configured bounds do not hold meanwhile; a robot keeps those of its own config, or
goes --widen-m beyond them.
"""

import argparse
import tempfile
from contextlib import closing
from pathlib import Path

from dora_hil.arguments import NodeArguments, number
from dora_hil.command import Command
from dora_hil.config import ConfigError, read_json


def add_arguments(parser: NodeArguments) -> None:
    """Declare its options."""
    default = Path("dataflow-demo.yaml")
    parser.add_argument("dataflow", type=Path, nargs="?", default=default, help=f"({default})")
    parser.add_argument("--mode", choices=("ee", "joint", "both"), default="both")
    parser.add_argument("--control-time-s", type=number(float, 0.1), help="end after that long")
    parser.add_argument("--config", type=Path, help="environment JSON to write the bounds into")
    parser.add_argument(
        "--margin-m", type=number(float, -1.0, 1.0), default=0.0, help="to add on every side (0)"
    )
    parser.add_argument(
        "--widen-m",
        type=number(float, 0.0, 1.0),
        help="let the arm go so far beyond its configured bounds meanwhile (a robot: 0; the "
        "simulator: as far as it reaches)",
    )


def run(args: argparse.Namespace) -> None:
    """Run the dataflow, watch the arm, and print and write how far it came.

    Raises:
        UserError: a file cannot be used, or the arm was not seen.
    """
    # Imported late: dora and Arrow take long, and a bad argument is to be said at once.
    from dora_hil.bounds.dataflow_run import DataflowRun, read_dataflow
    from dora_hil.bounds.extents import Extents
    from dora_hil.bounds.search import Screen, report, watch, widen

    if args.config is not None:
        if args.mode == "joint":
            raise ConfigError("--config: an environment JSON has no joint limits; use --mode ee")
        read_json(args.config)
    graph = read_dataflow(args.dataflow)
    screen = Screen()
    extents = Extents()
    with tempfile.TemporaryDirectory(prefix="dora-hil-") as folder:
        widened = Path(folder) / "environment.json"
        widen(graph, args.dataflow.resolve().parent, widened, screen, args.widen_m)
        with closing(DataflowRun(args.dataflow, graph, "dora_hil.bounds.pose_log")) as run:
            watch(run, extents, screen, args)
    report(extents, args)


COMMAND = Command("Workspaces", __doc__ or "", add_arguments, run)
