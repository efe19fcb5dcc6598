"""Hold two evaluations on the same seeds against each other: which policy is better, and where.

    uv run dora-hil compare outputs/eval/before outputs/eval/after

Both must have been given the same seeds (the same seed and eval.n_episodes). The exact test for
paired successes says whether the difference can be chance. With --eval.video=all in both, the page
shows the films of the seeds on which they differ side by side.
"""

import argparse
import json
from pathlib import Path

from dora_hil.arguments import NodeArguments
from dora_hil.command import Command


def add_arguments(parser: NodeArguments) -> None:
    """Declare its options."""
    parser.add_argument("first", type=Path, help="folder of an evaluation (eval.output_dir)")
    parser.add_argument("second", type=Path, help="folder of another")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("outputs/comparison"),
        help="folder for comparison.json and comparison.html (default: outputs/comparison)",
    )


def run(args: argparse.Namespace) -> None:
    """Compare, and write it down.

    Raises:
        UserError: there is no such evaluation, or they do not compare.
    """
    # Imported late: a bad argument is to be said at once.
    from lerobot_node.evaluate import comparison_page
    from lerobot_node.evaluate.comparison import Comparison, Judged

    comparison = Comparison(Judged.read(args.first), Judged.read(args.second))
    html = comparison_page.render(comparison)
    args.output.mkdir(parents=True, exist_ok=True)
    figures, page = args.output / "comparison.json", args.output / "comparison.html"
    figures.write_text(f"{json.dumps(comparison.to_json(), indent=2)}\n", encoding="utf-8")
    page.write_text(html, encoding="utf-8")
    print(*comparison.lines(), sep="\n")
    print(f"{figures}, {page}")


COMMAND = Command("Policies", __doc__ or "", add_arguments, run)
