"""What an environment JSON expects of the columns, against what the body makes of it."""

from collections.abc import Iterable, Mapping

from dora_hil.config import ConfigError
from dora_hil.lerobot_env import EnvSection
from dora_hil.spec import ColumnSpec

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
        ConfigError: a column that there is not, or one of another shape.
    """
    produced = {
        key: (3, *spec.shape[:2]) if spec.dtype == "uint8" else spec.shape
        for key, spec in observed.items()
    }
    renamed = env.features_map or {}
    for own, key in renamed.items():
        if key not in produced and key != _ACTION:
            raise ConfigError(
                f"env.features_map.{own}: there is no column {key!r} here; accepted: {_ACTION}, "
                f"{', '.join(produced)}"
            )
    sizes = tuple(dict.fromkeys(action_sizes))
    for declared, feature in (env.features or {}).items():
        key, what = renamed.get(declared, declared), f"env.features.{declared}"
        if key == _ACTION:
            if feature.shape not in [(size,) for size in sizes]:
                accepted = " or ".join(f"[{size}]" for size in sizes)
                raise ConfigError(
                    f"{what}: declared {list(feature.shape)}, but an action is {accepted}"
                )
        elif key not in produced:
            raise ConfigError(f"{what}: {body} has no such column; it has {', '.join(produced)}")
        elif feature.shape != produced[key]:
            raise ConfigError(
                f"{what}: declared {list(feature.shape)}, but {body} produces {list(produced[key])}"
            )
