"""Driven episodes on a disk, until somebody else has them safely.

At the actor: what the learner has not confirmed. At the learner: what no checkpoint has yet.
"""

import json
import logging
import os
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from dora_hil import durable
from dora_hil.errors import UserError

log = logging.getLogger(__name__)

UNCONFIRMED = "unconfirmed"
"""The actor's, in its output folder."""

RECEIVED = "received"
"""The learner's, in its output folder."""

_SUFFIX = ".episode"


class EpisodeFolderError(UserError):
    """A disk that does not take an episode, or does not give it back."""


@dataclass(frozen=True)
class SentEpisode:
    """An episode on its way from actor to learner.

    Attributes:
        transitions: as LeRobot's `transitions_to_bytes` makes them.
        figures: of the episode, as LeRobot's `python_object_to_bytes` makes them.
        steps: how many transitions there are.
        line: the actor's own figures; the learner has none.
        id: no other episode has it, so that one that comes twice is learned from once.
    """

    transitions: bytes
    figures: bytes
    steps: int
    line: Mapping[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def encode(self) -> bytes:
        """Return it as a file: a line of JSON, the figures, the transitions."""
        head = {"id": self.id, "steps": self.steps, "line": dict(self.line)}
        first = json.dumps({**head, "figures_bytes": len(self.figures)}).encode()
        return b"\n".join((first, self.figures + self.transitions))

    @classmethod
    def read(cls, path: Path, *, whole: bool = True) -> Self:
        """Read such a file; of one that is not read whole, bytes are left out.

        Raises:
            EpisodeFolderError: it cannot be read.
        """
        try:
            with path.open("rb") as file:
                head = json.loads(file.readline())
                figures = file.read(head["figures_bytes"]) if whole else b""
                transitions = file.read() if whole else b""
            return cls(transitions, figures, int(head["steps"]), head["line"], str(head["id"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EpisodeFolderError(
                f"{path}: this driven episode cannot be read ({error}); move the file away to go "
                "on without it"
            ) from None


class EpisodeFolder:
    """Keeps episodes in the order in which they came; all of one is there, or nothing."""

    def __init__(self, path: Path) -> None:
        """Look into a folder, which need not be there yet."""
        self.path = path
        names = [int(p.name.partition("-")[0]) for p in self.paths()]
        self._next = max(names, default=-1) + 1

    def add(self, episode: SentEpisode) -> Path:
        """Keep an episode; it survives anything when this returns.

        Raises:
            EpisodeFolderError: the disk does not take it.
        """
        path = self.path / f"{self._next:08d}-{episode.id}{_SUFFIX}"
        try:
            durable.make_folders([self.path])
            durable.write(path, episode.encode())
        except OSError as error:
            raise EpisodeFolderError(
                f"{self.path}: a driven episode cannot be written: {error.strerror}"
            ) from None
        self._next += 1
        return path

    def paths(self) -> list[Path]:
        """Return the files of all episodes, the oldest first."""
        return sorted(self.path.glob(f"[0-9]*-*{_SUFFIX}"))

    def heads(self) -> list[SentEpisode]:
        """Return what they are, without their bytes.

        Raises:
            EpisodeFolderError: one of them cannot be read.
        """
        return [SentEpisode.read(path, whole=False) for path in self.paths()]

    def remove(self, ids: Collection[str]) -> None:
        """Drop episodes that are safe elsewhere."""
        for path in self.paths():
            if path.stem.partition("-")[2] in ids:
                path.unlink(missing_ok=True)


@contextmanager
def held(folder: Path, part: str) -> Iterator[None]:
    """Hold one end's part of a training's output folder, which takes files, against a second one.

    Args:
        folder: `output_dir`; actor and learner of one training may share it.
        part: `UNCONFIRMED` for the actor, `RECEIVED` for the learner.

    Raises:
        EpisodeFolderError: another one holds it, or it takes no files.
    """
    try:
        durable.check_writable(folder)
        durable.make_folders([folder / part])
        lock = durable.lock(folder / part)
    except BlockingIOError:
        raise EpisodeFolderError(
            f"another training is writing here: {folder}; end it, or name another folder: "
            "TRAIN_ARGS=--output_dir=..."
        ) from None
    except OSError as error:
        raise EpisodeFolderError(
            f"output_dir {folder}: cannot be written: {error.strerror}"
        ) from None
    try:
        yield
    finally:
        os.close(lock)
