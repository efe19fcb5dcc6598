"""What a config expects of the columns."""

from typing import Any

import pytest

from dora_hil.body.declared_features import check_declared_features
from dora_hil.body.lerobot_env import DeclaredFeature, EnvSection
from dora_hil.config import ConfigError
from dora_hil.stream.spec import ColumnSpec

STATE, FRONT = "observation.state", "observation.images.front"
OBSERVED = {STATE: ColumnSpec((6,)), FRONT: ColumnSpec.image(96, 128)}


def declare(key: str, shape: tuple[int, ...], **env: Any) -> None:
    """Check one declared feature of an arm with six joints and a tool."""
    features = {key: DeclaredFeature("ANY", shape)}
    check_declared_features(EnvSection(features=features, **env), OBSERVED, (6, 4, 3), "the arm")


@pytest.mark.parametrize(
    ("key", "shape"),
    [(STATE, (6,)), (FRONT, (3, 96, 128)), ("action", (6,)), ("action", (4,)), ("action", (3,))],
)
def test_what_there_will_be_may_be_declared(key: str, shape: tuple[int, ...]) -> None:
    """Pictures channels first, as LeRobot does; an action in any space of the body."""
    declare(key, shape)


@pytest.mark.parametrize(
    ("key", "shape", "said"),
    [
        (
            STATE,
            (7,),
            r"env\.features\.observation\.state: declared \[7\], but the arm produces \[6",
        ),
        (FRONT, (3, 128, 96), r"declared \[3, 128, 96\], but the arm produces \[3, 96, 128\]"),
        ("observation.images.side", (3, 96, 128), "the arm has no such column; it has .*front"),
        ("action", (5,), r"declared \[5\], but an action is \[6\] or \[4\] or \[3\]"),
    ],
)
def test_anything_else_is_refused_by_its_key(key: str, shape: tuple[int, ...], said: str) -> None:
    """With what there is."""
    with pytest.raises(ConfigError, match=said):
        declare(key, shape)


def test_a_name_of_ones_own_leads_to_a_column() -> None:
    """Through the features map."""
    declare("joints", (6,), features_map={"joints": STATE})
    with pytest.raises(ConfigError, match=r"env\.features_map\.joints: there is no column 'state'"):
        declare("joints", (6,), features_map={"joints": "state"})


def test_every_declaration_that_does_not_hold_is_said() -> None:
    """At once."""
    features = {STATE: DeclaredFeature("STATE", (7,)), "action": DeclaredFeature("ACTION", (5,))}
    with pytest.raises(ConfigError, match=r"state: declared \[7\].*; .*action: declared \[5\]"):
        check_declared_features(EnvSection(features=features), OBSERVED, (6, 4, 3), "the arm")
