"""What is to be done, in words: the body says it. Where another sentence meets it, both are said.

A policy that reads is told the body's when it is evaluated.
"""

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


def say_if_recorded_otherwise(wanted: str, spec: StreamSpec, recorded: Sequence[str] = ()) -> None:
    """Say so where another sentence is recorded than the body's, or than those before.

    Args:
        wanted: `dataset.single_task`; empty takes the body's.
        spec: the body's.
        recorded: those of the dataset that is gone on with.
    """
    sentence = wanted or spec.task
    if sentence != spec.task:
        log.warning(
            "dataset.single_task is %r, the task of the body %r is %r, which is what a policy is "
            "told; leave single_task empty to record the body's",
            sentence,
            spec.body,
            spec.task,
        )
    if recorded and sentence not in recorded:
        log.warning(
            "the dataset has the task %s, what is recorded now is %r; --dataset.single_task says "
            "which it is to be",
            _either(recorded),
            sentence,
        )


def say_if_trained_otherwise(spec: StreamSpec, trained: Sequence[str]) -> None:
    """Say so where a policy was trained with other sentences than the body's."""
    if trained and spec.task not in trained:
        log.warning(
            "the policy is told %r, the task of the body %r; it was trained with %s",
            spec.task,
            spec.body,
            _either(trained),
        )


def _either(sentences: Sequence[str]) -> str:
    more = f" and {len(sentences) - 3} more" if len(sentences) > 3 else ""
    return " or ".join(repr(sentence) for sentence in sentences[:3]) + more
