"""Where the next episode is built, and how it becomes part of a dataset at one instant.

LeRobot's format spreads an episode over half a dozen files, so no single rename can add one.
The episode is therefore written as a dataset of its own into a staging folder. Once all its
files are on the disk, a marker that lists them is written: from then on the episode is safe.
Its files are then renamed into the dataset in an order in which LeRobot can read the dataset
after every single step, `info.json`, which counts the episodes, last. A crash before the
marker drops the episode; after a crash behind it the remaining renames are made up for.
"""

import json
import shutil
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from pathlib import Path

from dora_hil import durable

FOLDER = ".recording"
_MARKER = "READY.json"

INFO = "meta/info.json"


class Found(Enum):
    """What an earlier run had left behind."""

    NOTHING = auto()
    HALF_WRITTEN = auto()
    COMPLETE = auto()


class Staging:
    """The staging folder of one dataset.

    Attributes:
        path: the folder; it does not exist while no episode is being built.
    """

    def __init__(self, root: Path) -> None:
        """Stage for the dataset at `root`."""
        self.path = root / FOLDER
        self._root = root
        self._marker = self.path / _MARKER

    def find(self) -> Found:
        """Say what is there, without touching it."""
        if self._marker.exists():
            return Found.COMPLETE
        is_empty = not self.path.exists() or not any(self.path.iterdir())
        return Found.NOTHING if is_empty else Found.HALF_WRITTEN

    def clear(self) -> None:
        """Drop what is there; the marker last, so that a crash in between does not mislead."""
        if not self.path.exists():
            return
        for entry in self.path.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry != self._marker:
                entry.unlink()
        self._marker.unlink(missing_ok=True)
        self.path.rmdir()

    def publish(self, names: Iterable[str]) -> None:
        """Make the staged files part of the dataset; they are on the disk afterwards.

        Args:
            names: the files to move, relative to the staging folder as to the dataset.

        Raises:
            OSError: the disk is full or fails; before the marker nothing has changed, after
                it `finish` can be called again.
        """
        ordered = sorted(names, key=_order)
        for name in ordered:
            durable.sync(self.path / name)
        for folder in sorted({p.parent for p in self.path.rglob("*")}):
            durable.sync(folder)
        durable.make_folders(sorted({(self._root / name).parent for name in ordered}))
        durable.write(self._marker, json.dumps(ordered).encode())
        durable.sync(self._root)
        self.finish()

    def finish(self) -> None:
        """Move what the marker lists, or what is left of it, and remove the staging folder."""
        ordered: list[str] = json.loads(self._marker.read_text())
        for stage in sorted({_stage(name) for name in ordered}):
            self._move([name for name in ordered if _stage(name) == stage])
        self.clear()

    def _move(self, names: Sequence[str]) -> None:
        for name in names:
            if (self.path / name).exists():
                (self.path / name).replace(self._root / name)
        for folder in sorted({(self._root / name).parent for name in names}):
            durable.sync(folder)


_STAGES = ("videos/", "data/", "meta/", "meta/episodes/", INFO)


def _stage(name: str) -> int:
    """Return when a file is moved: the later prefix wins, for the later ones are narrower.

    Videos that nothing refers to and rows beyond `info.json`'s count are not seen by LeRobot;
    an episode's row in `meta/episodes` refers to both, so that it comes after them.
    """
    return max(i for i, prefix in enumerate(_STAGES) if name.startswith(prefix))


def _order(name: str) -> tuple[int, str]:
    return _stage(name), name
