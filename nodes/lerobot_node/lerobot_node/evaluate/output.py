"""The folder that an evaluation writes its results into."""

import json
import shlex
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from dora_hil.errors import UserError
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from lerobot_node.evaluate.result import Evaluation, success_rate

RESULTS = "results.json"
TABLE = "results.txt"


class OutputError(UserError):
    """Results that cannot be written, or would take the place of others."""


class OutputFolder:
    """A folder that is checked before the work whose results go there.

    Attributes:
        path: the folder; it exists.
    """

    def __init__(self, path: Path | None, policy_type: str, now: datetime) -> None:
        """Create the folder; without a path a dated one, as LeRobot's own evaluation names it.

        Raises:
            OutputError: it cannot be written, or holds results already.
        """
        dated = Path("outputs/eval") / f"{now:%Y-%m-%d}" / f"{now:%H-%M-%S}_{policy_type}"
        self.path = path or dated
        if (self.path / RESULTS).exists():
            raise OutputError(
                f"eval.output_dir: {self.path} holds the results of an evaluation already; "
                "give another folder, or remove it"
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            (self.path / TABLE).touch()
        except OSError as error:
            raise OutputError(f"eval.output_dir: {self.path}: {error.strerror}") from None

    def outcome(self, records: Sequence[EpisodeRecord], wanted: int) -> str:
        """Return in one line what came of as many as were wanted, where it lies, how to go on."""
        if not records:
            return f"None of {wanted} episodes was evaluated; the same command begins anew"
        some = f"{len(records)} of {wanted} episodes were evaluated; "
        return (
            f"{some if len(records) < wanted else ''}{success_rate(records)}; every episode: "
            f"cat {shlex.quote(str(self.path / TABLE))}"
        )

    def write(self, evaluation: Evaluation, lines: Sequence[str]) -> None:
        """Write figures and table.

        Raises:
            OutputError: they cannot be written.
        """
        text = json.dumps(evaluation.to_json(), indent=2, allow_nan=False)
        try:
            (self.path / TABLE).write_text("\n".join(lines) + "\n", encoding="utf-8")
            (self.path / RESULTS).write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            raise OutputError(f"eval.output_dir: {self.path}: {error.strerror}") from None
