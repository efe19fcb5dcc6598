"""What stands between an action and an arm."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dora_hil.body import safety
from dora_hil.body.safety import Ramp, SafetyConfig, into_range, shortened
from dora_hil.stream.actions import Float64Array

NAMES = ("shoulder.pos", "elbow.pos")


@pytest.mark.parametrize(
    ("given_values", "said"),
    [
        ({"max_ee_speed_m_s": 0.0}, "max_ee_speed_m_s must be above 0, or null for no limit"),
        ({"max_ee_speed_m_s": math.nan}, "max_ee_speed_m_s must be above 0"),
        ({"max_joint_speed": -3.0}, "max_joint_speed must be above 0, or null for no limit"),
        ({"max_joint_speed": {"elbow.pos": math.inf}}, "max_joint_speed elbow.pos must be above 0"),
        ({"ramp_s": -0.1}, "ramp_s must be 0 s or more, got -0.1"),
        ({"watchdog_s": math.nan}, "watchdog_s must be 0 s or more, got nan"),
        ({"joint_limits": {"elbow.pos": (5.0, 5.0)}}, "elbow.pos: min 5 must lie below max 5"),
        ({"joint_limits": {"elbow.pos": (math.nan, 5.0)}}, "min nan must lie below max 5"),
    ],
)
def test_a_limit_that_no_arm_could_keep_is_refused(given_values: dict[str, Any], said: str) -> None:
    """Nor would a NaN limit anything."""
    with pytest.raises(ValueError, match=said):
        SafetyConfig(**given_values)


@pytest.mark.parametrize(
    ("speed", "limits"),
    [(None, [math.inf, math.inf]), (9.0, [9.0, 9.0]), ({"elbow.pos": 9.0}, [math.inf, 9.0])],
)
def test_a_joint_speed_holds_for_all_joints_or_by_name(
    speed: float | dict[str, float] | None, limits: list[float]
) -> None:
    """In the arm's order, not in the file's; without one there is no limit."""
    config = SafetyConfig(max_joint_speed=speed)
    np.testing.assert_array_equal(config.joint_speeds(NAMES), limits)


def test_a_joint_speed_for_a_joint_that_there_is_not_is_refused() -> None:
    """All of them at once, with the key they stand under and the names that there are."""
    config = SafetyConfig(max_joint_speed={"elbow": 9.0, "elbow.pos": 2.0, "a": 3.0})
    with pytest.raises(
        ValueError,
        match=r"safety.max_joint_speed: no such joint a, elbow; there are shoulder.pos, elbow.pos",
    ):
        config.joint_speeds(NAMES)


def test_everything_that_steps_in_has_words_for_people() -> None:
    """Each name that the module knows, the module's own list of them being the constants."""
    names = {v for k, v in vars(safety).items() if k.isupper() and isinstance(v, str)}
    assert set(safety.MEANINGS) == names
    assert len(names) == 8


def test_a_ramp_rises_evenly_to_the_full_speed_and_stays_there() -> None:
    """Half a second at 10 Hz is five steps, the first above nothing; none is at once at it."""
    ramp = Ramp(0.5, 0.1)
    assert [ramp.advance() for _ in range(7)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1, 1])
    ramp.restart()
    assert ramp.advance() == 0.2
    assert Ramp(0.0, 0.1).advance() == 1.0


FINITE = st.floats(-10.0, 10.0)
VECTORS = hnp.arrays(np.float64, 3, elements=FINITE)
LOW, HIGH = np.array([-1.0, 0.0, 2.0]), np.array([1.0, 0.5, 3.0])


@given(VECTORS, VECTORS)
def test_what_stands_outside_of_its_range_never_leaves_it_further(
    wanted: Float64Array, present: Float64Array
) -> None:
    """And what stands inside never leaves it at all."""
    allowed = into_range(wanted, present, LOW, HIGH)
    beyond = np.maximum(LOW - allowed, allowed - HIGH).clip(0.0)
    beyond_before = np.maximum(LOW - present, present - HIGH).clip(0.0)
    assert (beyond <= beyond_before).all()


@given(VECTORS, VECTORS)
def test_what_is_wanted_within_the_range_is_allowed(
    wanted: Float64Array, present: Float64Array
) -> None:
    """From wherever it is now."""
    inside = np.clip(wanted, LOW, HIGH)
    np.testing.assert_array_equal(into_range(inside, present, LOW, HIGH), inside)


@given(VECTORS, st.floats(0.001, 20.0))
def test_a_step_is_shortened_in_its_own_direction(step: Float64Array, longest: float) -> None:
    """To the longest one, or not at all."""
    short = shortened(step, longest)
    assert np.linalg.norm(short) <= longest * (1 + 1e-9)
    np.testing.assert_allclose(np.cross(short, step), 0.0, atol=1e-9)
    if np.linalg.norm(step) <= longest:
        np.testing.assert_array_equal(short, step)
    else:
        assert np.linalg.norm(short) == pytest.approx(longest)
        assert float(short @ step) > 0.0
