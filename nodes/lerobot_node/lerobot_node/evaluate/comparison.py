"""Two evaluations on the same seeds, held against each other."""

import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from pydantic import TypeAdapter

from dora_hil.errors import UserError
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from lerobot_node.evaluate.interval import paired_p, wilson
from lerobot_node.evaluate.output import RESULTS
from lerobot_node.evaluate.result import is_assisted

SURE_BELOW: Final = 0.05


class ComparisonError(UserError):
    """Two evaluations that cannot be compared."""


@dataclass(frozen=True, eq=False)
class Judged:
    """An evaluation that lies in a folder.

    Attributes:
        folder: where.
        about: what was evaluated, on what; see `Evaluation.about`.
        records: its episodes, in order.
    """

    folder: Path
    about: Mapping[str, Any]
    records: Sequence[EpisodeRecord]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what an evaluation has written.

        Raises:
            ComparisonError: there is none, or it cannot be read.
        """
        path = folder / RESULTS
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            records = _RECORDS.validate_python(told.pop("episodes"))
        except FileNotFoundError:
            raise ComparisonError(
                f"{folder}: has no {RESULTS}: name the folder that an evaluation has written "
                "(eval.output_dir)"
            ) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise ComparisonError(f"{path}: is not what an evaluation writes") from None
        return cls(folder, told, records)

    def film(self, record: EpisodeRecord) -> Path | None:
        """Return the film of an episode, None where it was not filmed."""
        pattern = f"episode_{record.episode_index:03d}_seed_{record.seed}_*.mp4"
        return next(iter(sorted(self.folder.glob(pattern))), None)


@dataclass(frozen=True)
class Pair:
    """What two policies made of the same seed."""

    first: EpisodeRecord
    second: EpisodeRecord

    @property
    def differs(self) -> bool:
        """Say whether only one of them solved it."""
        return self.first.success is not self.second.success


class Comparison:
    """Two evaluations, seed by seed.

    Attributes:
        first, second: the evaluations.
        pairs: of the seeds that both were given, each without a person's help.
        left_out: how many seeds are not among them.
    """

    def __init__(self, first: Judged, second: Judged) -> None:
        """Pair them.

        Raises:
            ComparisonError: another body, or no seed that both were given.
        """
        bodies = [judged.about.get("body") for judged in (first, second)]
        if bodies[0] != bodies[1]:
            raise ComparisonError(
                f"{first.folder} and {second.folder}: on another body, {bodies[0]!r} and "
                f"{bodies[1]!r}: their successes are not those of the same thing"
            )
        self.first, self.second = first, second
        by_seed = _unaided(first), _unaided(second)
        seeds = [seed for seed in by_seed[0] if seed in by_seed[1]]
        if not seeds:
            raise ComparisonError(
                f"{first.folder} and {second.folder}: have no seed in common that both did alone: "
                "evaluate both with the same seed and eval.n_episodes"
            )
        self.pairs = [Pair(by_seed[0][seed], by_seed[1][seed]) for seed in seeds]
        every = {r.seed for r in (*first.records, *second.records)}
        self.left_out = len(every) - len(seeds)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        both = [pair for pair in self.pairs if pair.first.success and pair.second.success]
        first_only = [p.first.seed for p in self.pairs if p.differs and p.first.success]
        second_only = [p.first.seed for p in self.pairs if p.differs and p.second.success]
        solved = len(both) + len(first_only), len(both) + len(second_only)
        return {
            "first": self._side(self.first, solved[0]),
            "second": self._side(self.second, solved[1]),
            "seeds": len(self.pairs),
            "left_out": self.left_out,
            "both": len(both),
            "neither": len(self.pairs) - len(both) - len(first_only) - len(second_only),
            "first_only": first_only,
            "second_only": second_only,
            "p": paired_p(len(first_only), len(second_only)),
            "steps_where_both_succeed": [
                statistics.mean(p.first.length for p in both) if both else None,
                statistics.mean(p.second.length for p in both) if both else None,
            ],
        }

    def lines(self) -> Iterator[str]:
        """Yield the figures in words."""
        told = self.to_json()
        for side in (told["first"], told["second"]):
            low, high = side["wilson_95"]
            yield (
                f"{side['folder']}: {side['successes']} of {told['seeds']} "
                f"({side['successes'] / told['seeds']:.0%}, 95 % interval {low:.0%} to {high:.0%})"
            )
        yield (
            f"of {told['seeds']} seeds: both {told['both']}, only the first "
            f"{len(told['first_only'])}, only the second {len(told['second_only'])}, neither "
            f"{told['neither']}{_left_out(told['left_out'])}"
        )
        steps = told["steps_where_both_succeed"]
        if told["both"]:
            yield f"steps where both succeed: {steps[0]:.1f} and {steps[1]:.1f}"
        tasks = [judged.about.get("task") for judged in (self.first, self.second)]
        if tasks[0] != tasks[1]:
            yield f"they were told {tasks[0]!r} and {tasks[1]!r}"
        yield verdict(told)

    def _side(self, judged: Judged, solved: int) -> dict[str, Any]:
        return {
            "folder": str(judged.folder),
            "policy": judged.about.get("policy"),
            "successes": solved,
            "wilson_95": list(wilson(solved, len(self.pairs))),
        }


def verdict(told: Mapping[str, Any]) -> str:
    """Return in a sentence what the exact test says."""
    p, first, second = told["p"], len(told["first_only"]), len(told["second_only"])
    if p < SURE_BELOW:
        better = "first" if first > second else "second"
        return f"the {better} is better (McNemar's exact test, p = {p:.2g})"
    return f"neither is shown to be better (McNemar's exact test, p = {p:.2g})"


def _left_out(count: int) -> str:
    return f"; {count} left out, done by one alone or with a person's help" if count else ""


def _unaided(judged: Judged) -> dict[int, EpisodeRecord]:
    """Return the episodes by seed; of one that was given twice, the first."""
    found: dict[int, EpisodeRecord] = {}
    for record in judged.records:
        if not is_assisted(record):
            found.setdefault(record.seed, record)
    return found


_RECORDS: Final = TypeAdapter(tuple[EpisodeRecord, ...])
