"""What an environment JSON expects of the columns, against what the body makes of it."""

from collections.abc import Iterable, Mapping

from dora_hil.body.lerobot_env import EnvSection
from dora_hil.config import ConfigError, Findings
from dora_hil.stream.spec import ColumnSpec

_ACTION = "action"


def check_declared_features(
    env: EnvSection,
    observed: Mapping[str, ColumnSpec],
    action_sizes: Iterable[int],
    body: str = "the body",
) -> None:
    """Compare `env.features` and `env.features_map` with the columns that there will be.

    Args:
        env: as configured.
        observed: the columns of an observation; a picture is declared channels first.
        action_sizes: how many numbers an action may have.
        body: what to call the body in an error.

    Raises:
        ConfigError: names every column that there is not, or that has another shape.
    """
    found = Findings()
    produced = {
        key: (3, *spec.shape[:2]) if spec.dtype == "uint8" else spec.shape
        for key, spec in observed.items()
    }
    renamed = env.features_map or {}
    for own, key in renamed.items():
        found.demand(
            key in produced or key == _ACTION,
            f"env.features_map.{own}: there is no column {key!r} here; accepted: {_ACTION}, "
            f"{', '.join(produced)}",
        )
    sizes = tuple(dict.fromkeys(action_sizes))
    for declared, feature in (env.features or {}).items():
        key, what = renamed.get(declared, declared), f"env.features.{declared}"
        shape = list(feature.shape)
        if key == _ACTION:
            found.demand(
                feature.shape in [(size,) for size in sizes],
                f"{what}: declared {shape}, but an action is "
                + " or ".join(f"[{size}]" for size in sizes),
            )
        elif key not in produced:
            found.demand(False, f"{what}: {body} has no such column; it has {', '.join(produced)}")
        else:
            found.demand(
                feature.shape == produced[key],
                f"{what}: declared {shape}, but {body} produces {list(produced[key])}",
            )
    if found.problems:
        raise ConfigError("; ".join(found.problems))
