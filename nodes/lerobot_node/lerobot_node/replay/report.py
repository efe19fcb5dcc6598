"""What a replay came to: a table for people, JSON for programs, and whether it is good enough."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dora_hil.stream.spec import ColumnSpec
from dora_hil.stream.timestep import EndReason, end_words
from dora_hil_datasets.table import aligned
from lerobot_node.replay.comparison import ReplayedEpisode
from lerobot_node.replay.deviation import Deviation, PictureDeviation
from lerobot_node.replay.fit import Fit

_SCALAR = ColumnSpec((1,))
ROUNDING: Final = 1e-6
"""What two calculations of the same may be off by; far less than any sensor sees."""


@dataclass(frozen=True, eq=False)
class ReplayReport:
    """The results of a run.

    Attributes:
        results: the replayed episodes, one at least.
        fit: what was compared.
    """

    results: Sequence[ReplayedEpisode]
    fit: Fit

    @property
    def total(self) -> Deviation:
        """Return the deviation over all episodes."""
        return Deviation.combined([result.deviation for result in self.results])

    def problems(self, tolerance: float) -> Iterator[str]:
        """Yield a line for each episode that is not within a tolerance.

        Args:
            tolerance: of each number of `observation.*`, in its own unit.
        """
        for result in self.results:
            name, off = f"episode {result.source.index}", result.deviation.observed
            if result.length != result.source.length:
                yield f"{name} has {result.length} frames, {result.source.length} were recorded"
            if not off <= tolerance:
                yield f"{name} is off by {off:.3g}, the tolerance is {tolerance:g}"

    def lines(self) -> Iterator[str]:
        """Yield the table, line by line."""
        total = self.total
        yield (
            f"replayed as {self.fit.space}, episodes: {len(self.results)}, frames compared: "
            f"{total.frames}; the largest and the root mean square deviation of each number:"
        )
        yield from aligned([("feature", "number", "unit", "max", "rms"), *self._rows(total)])
        for name, count in total.flags.items():
            yield f"{name}: differs in {count} of {total.frames} frames"
        for name, picture in total.pictures.items():
            yield f"{name}: {_say(picture)}"
        yield self._verdict(total)

    def _verdict(self, total: Deviation) -> str:
        """Say in a line what the table comes to."""
        cut = sum(result.length != result.source.length for result in self.results)
        differing = [name for name, count in total.flags.items() if count]
        if not cut and not differing and total.observed <= ROUNDING:
            return f"it went as recorded: no number is off by more than {ROUNDING:g}"
        parts = [f"observed numbers are off by up to {total.observed:.3g}"]
        parts += [f"{', '.join(differing)} differ"] if differing else []
        parts += [f"episodes of another length: {cut}"] if cut else []
        return f"it did not go quite as recorded: {'; '.join(parts)}"

    def _rows(self, deviation: Deviation) -> Iterator[tuple[str, ...]]:
        for name, vector in deviation.vectors.items():
            column = self.fit.vectors.get(name, _SCALAR)
            for i, (worst, rms) in enumerate(zip(vector.max_abs, vector.rms, strict=True)):
                number, unit = (part[i] if part else "" for part in (column.names, column.units))
                yield name if i == 0 else "", number, unit, f"{worst:.3g}", f"{rms:.3g}"

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain data; what is not a finite number is null."""
        return {
            "action_space": str(self.fit.space),
            "episodes": [self._episode(result) for result in self.results],
            "total": self._deviation(self.total),
        }

    def _episode(self, result: ReplayedEpisode) -> dict[str, Any]:
        return {
            "episode_index": result.source.index,
            "seed": result.seed,
            "length": {"recorded": result.source.length, "replayed": result.length},
            "end_reason": {
                "recorded": str(result.source.end_reason),
                "replayed": result.end_reason,
            },
            "driven_by_others": result.driven_by_others,
            **self._deviation(result.deviation),
        }

    def _deviation(self, deviation: Deviation) -> dict[str, Any]:
        vectors = {}
        for name, vector in deviation.vectors.items():
            column = self.fit.vectors.get(name, _SCALAR)
            vectors[name] = {
                "names": list(column.names),
                "units": list(column.units),
                "max_abs": [_finite(v) for v in vector.max_abs.tolist()],
                "rms": [_finite(v) for v in vector.rms.tolist()],
            }
        pictures = {
            name: {
                "max_abs": picture.max_abs,
                "min_psnr_db": _finite(picture.min_psnr_db),
                "mean_psnr_db": _finite(picture.mean_psnr_db),
            }
            for name, picture in deviation.pictures.items()
        }
        return {
            "frames": deviation.frames,
            "vectors": vectors,
            "differing_flags": deviation.flags,
            "pictures": pictures,
        }


def say_episode(result: ReplayedEpisode) -> str:
    """Return the line about one episode."""
    source = result.source
    parts = [f"episode {source.index}: {result.length} of {source.length} frames"]
    recorded_end = source.end_reason.words or "unknown"
    parts.append(f"end: {end_words(result.end_reason)} (recorded: {recorded_end})")
    if (source.end_reason, result.end_reason) == (EndReason.SUCCESS, EndReason.OPERATOR):
        parts.append("not solved this time (--say_success=true if a person had said so)")
    parts.append(f"observed numbers off by at most {result.deviation.observed:.3g}")
    if result.driven_by_others:
        parts.append(f"{result.driven_by_others} steps not driven by the recording")
    return ", ".join(parts)


def _say(picture: PictureDeviation) -> str:
    if picture.max_abs == 0:
        return "identical"
    return (
        f"PSNR at least {picture.min_psnr_db:.1f} dB, mean {picture.mean_psnr_db:.1f} dB, "
        f"largest difference {picture.max_abs} of 255"
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
