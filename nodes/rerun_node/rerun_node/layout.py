"""Which columns of the `episode` stream are shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from dora_hil.stream.spec import StreamSpec


@dataclass(frozen=True)
class Layout:
    """The columns that are shown, by name.

    Attributes:
        pictures: `observation.images.<camera>`.
        vectors: the other `observation.*`.
        actions: `action.<space>`, what was executed, in every space that the body reports.
        units: of each vector's numbers; empty where the body names none.
    """

    pictures: tuple[str, ...]
    vectors: tuple[str, ...]
    actions: tuple[str, ...]
    units: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, spec: StreamSpec) -> "Layout":
        """Sort a body's columns; what only scripts may see is left out."""
        observed = [name for name in spec.columns if name.startswith("observation.")]
        actions = [name for name in spec.columns if name.startswith("action.")]
        pictures = [name for name in observed if name.startswith("observation.images.")]
        return cls(
            pictures=tuple(pictures),
            vectors=tuple(name for name in observed if name not in pictures),
            actions=tuple(actions),
            units={name: spec.columns[name].units for name in (*observed, *actions)},
        )
