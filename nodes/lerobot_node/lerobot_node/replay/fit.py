"""Whether a body can replay a dataset, and what of it can be compared."""

from collections.abc import Mapping
from dataclasses import dataclass

from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.spec import ColumnSpec
from dora_hil.stream.timestep import TimeStep
from dora_hil_datasets.dataset.columns import Side, column_of, is_picture, is_same
from dora_hil_datasets.dataset.features import Features

_DATASET = Side("the dataset", "replay it on a body with the config it was recorded with")


@dataclass(frozen=True)
class Fit:
    """What a dataset and a body have in common.

    Attributes:
        space: how the recorded actions are meant.
        vectors: what is compared number by number: `action`, the vectors of `observation.*`.
        cameras: the pictures that can be compared, by column name.
        left_out: the dataset's pictures that the body does not give in that size.
    """

    space: ActionSpace
    vectors: Mapping[str, ColumnSpec]
    cameras: tuple[str, ...]
    left_out: tuple[str, ...]


def check_fit(
    features: Features, fps: int, timestep: TimeStep, action_space: ActionSpace | None = None
) -> Fit:
    """Compare a dataset with what a body says of itself in any message.

    `action_space` is what the person says of the dataset's actions; it wins over their names.

    Raises:
        FeatureError: the body does not fit; names what differs first, with both sides.
    """
    spec = timestep.spec
    _DATASET.check_fps(fps, timestep.control_dt_s)
    columns = {
        name: column_of(feature)
        for name, feature in features.items()
        if name.startswith("observation.")
    }
    space = _DATASET.find_space(column_of(features["action"]), spec, action_space)
    vectors = {"action": spec.columns[f"action.{space}"]}
    for name, column in columns.items():
        if len(column.shape) == 1:
            _DATASET.check_column(name, column, spec)
            vectors[name] = spec.columns[name]
    pictures = [name for name in columns if is_picture(features[name])]
    shared = [n for n in pictures if n in spec.columns and is_same(columns[n], spec.columns[n])]
    left_out = [name for name in pictures if name not in shared]
    return Fit(space, vectors, tuple(shared), tuple(left_out))
