"""How far replayed frames are from the recorded ones; running figures, no frame is kept."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dora_hil.stream.actions import Float64Array

PEAK = 255.0
"""Of an 8-bit picture."""


class VectorDeviation:
    """Over all frames, for each number of a vector; NaN where a difference was NaN.

    Attributes:
        max_abs: float64[d], largest absolute difference.
    """

    def __init__(self, size: int) -> None:
        """Compare vectors of `size` numbers."""
        self.max_abs: Float64Array = np.zeros(size)
        self._sum_of_squares: Float64Array = np.zeros(size)
        self._frames = 0

    def add(self, recorded: NDArray[Any], replayed: NDArray[Any]) -> None:
        """Compare one frame."""
        difference = np.abs(replayed.astype(np.float64) - recorded)
        self.max_abs = np.maximum(self.max_abs, difference)
        self._sum_of_squares += difference**2
        self._frames += 1

    def include(self, other: "VectorDeviation") -> None:
        """Add what another one has compared."""
        self.max_abs = np.maximum(self.max_abs, other.max_abs)
        self._sum_of_squares += other._sum_of_squares
        self._frames += other._frames

    @property
    def rms(self) -> Float64Array:
        """Return float64[d], the root of the mean square difference."""
        return np.sqrt(self._sum_of_squares / max(1, self._frames))


class PictureDeviation:
    """Over all frames of one camera.

    Attributes:
        max_abs: largest difference of a channel of a pixel, of 255.
    """

    def __init__(self) -> None:
        """Start without a frame."""
        self.max_abs = 0
        self._psnr_db: list[float] = []

    def add(self, recorded: NDArray[np.uint8], replayed: NDArray[np.uint8]) -> None:
        """Compare one frame, uint8[height, width, 3]."""
        difference = np.abs(recorded.astype(np.int16) - replayed)
        self.max_abs = max(self.max_abs, int(difference.max()))
        mean_square = float(np.square(difference, dtype=np.float64).mean())
        psnr_db = 10.0 * math.log10(PEAK**2 / mean_square) if mean_square else math.inf
        self._psnr_db.append(psnr_db)

    def include(self, other: "PictureDeviation") -> None:
        """Add what another one has compared."""
        self.max_abs = max(self.max_abs, other.max_abs)
        self._psnr_db += other._psnr_db

    @property
    def min_psnr_db(self) -> float:
        """Return the worst frame's; infinite where all are identical."""
        return min(self._psnr_db, default=math.inf)

    @property
    def mean_psnr_db(self) -> float:
        """Return the mean over the frames that are not identical."""
        finite = [psnr_db for psnr_db in self._psnr_db if math.isfinite(psnr_db)]
        return sum(finite) / len(finite) if finite else math.inf


class Deviation:
    """Of an episode, or of all of them.

    Attributes:
        frames: how many were compared.
        vectors: by column name.
        flags: frames in which a flag differs, by column name.
        pictures: by column name.
    """

    def __init__(
        self, vectors: Mapping[str, int], flags: Iterable[str], cameras: Iterable[str]
    ) -> None:
        """Compare these columns; `vectors` has their sizes."""
        self.frames = 0
        self.vectors = {name: VectorDeviation(size) for name, size in vectors.items()}
        self.flags = dict.fromkeys(flags, 0)
        self.pictures = {name: PictureDeviation() for name in cameras}

    def add(self, recorded: Mapping[str, Any], replayed: Mapping[str, Any]) -> None:
        """Compare one frame.

        Args:
            recorded: by column name: a vector [d], a flag, a picture uint8[height, width, 3].
            replayed: the same; columns that are not compared do no harm.
        """
        self.frames += 1
        for name, vector in self.vectors.items():
            vector.add(recorded[name], replayed[name])
        for name in self.flags:
            self.flags[name] += bool(recorded[name] != replayed[name])
        for name, picture in self.pictures.items():
            picture.add(recorded[name], replayed[name])

    @staticmethod
    def combined(deviations: Sequence["Deviation"]) -> "Deviation":
        """Return the deviation over the frames of several; their columns are the same."""
        first = deviations[0]
        sizes = {name: len(vector.max_abs) for name, vector in first.vectors.items()}
        combined = Deviation(sizes, first.flags, first.pictures)
        for deviation in deviations:
            combined._include(deviation)
        return combined

    def _include(self, other: "Deviation") -> None:
        self.frames += other.frames
        for name, vector in self.vectors.items():
            vector.include(other.vectors[name])
        for name in self.flags:
            self.flags[name] += other.flags[name]
        for name, picture in self.pictures.items():
            picture.include(other.pictures[name])

    @property
    def observed(self) -> float:
        """Return the largest difference of any number of `observation.*`, in its own unit."""
        worst = [v.max_abs.max() for n, v in self.vectors.items() if n.startswith("observation.")]
        return float(np.max(worst)) if worst else 0.0
