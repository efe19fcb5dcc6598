"""What is to be done, in words, as a body was told. Where two sentences differ, both are said."""

import logging
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dora_hil.stream.spec import StreamSpec

log = logging.getLogger(__name__)

FILE = "meta/tasks.parquet"


def read_sentences(root: Path) -> tuple[str, ...]:
    """Return the sentences of a dataset; none where they cannot be read."""
    try:
        table = pq.read_table(root / FILE)
    except (OSError, pa.ArrowException):
        return ()
    # LeRobot has them in the index of a table, which has a name or none.
    texts = [
        name for name in table.column_names if pa.types.is_string(table.schema.field(name).type)
    ]
    return tuple(table.column(texts[0]).to_pylist()) if texts else ()


def say_if_recorded_otherwise(task: str, recorded: Sequence[str]) -> None:
    """Say so where another sentence is recorded than those before."""
    if recorded and task not in recorded:
        log.warning(
            "the dataset has the task %s, what is recorded now is %r; --dataset.single_task says "
            "which it is to be",
            _either(recorded),
            task,
        )


def sentence_for(wanted: str, spec: StreamSpec, trained: Sequence[str]) -> str:
    """Return what a policy is told, and say so where that is not what it was trained with.

    Args:
        wanted: what a person wants it to be told; empty for nothing.
        spec: the body's.
        trained: the sentences of its training; none where they are not known.

    Returns:
        What is wanted; else the only sentence of its training; else the body's.
    """
    only = trained[0] if len(trained) == 1 else spec.task
    told = wanted or only
    if trained and told not in trained:
        log.warning(
            "the policy is told %r, the task of the body %r is %r; it was trained with %s "
            "(--task says which it is to be)",
            told,
            spec.body,
            spec.task,
            _either(trained),
        )
    elif told != spec.task and not wanted:
        log.warning(
            "the policy is told %r, as in its training; the task of the body %r is %r (--task says "
            "which it is to be)",
            told,
            spec.body,
            spec.task,
        )
    return told


def _either(sentences: Sequence[str]) -> str:
    more = f" and {len(sentences) - 3} more" if len(sentences) > 3 else ""
    return " or ".join(repr(sentence) for sentence in sentences[:3]) + more
