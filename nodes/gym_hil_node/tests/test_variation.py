"""What varies follows from the episode's seed, and leaves the block where it was."""

from contextlib import closing
from typing import Any

import numpy as np
import pytest

from dora_hil.config import ConfigError
from gym_hil_node.config_file import parse_config
from gym_hil_node.simulator import Simulator

HARD = {"distractors": 2, "light": [0.5, 1.2], "camera_m": 0.03}


def build(variation: Any, *, task: str = "PandaPickCube-v0", **sim: Any) -> Simulator:
    """Return a simulator, without cameras unless some are given."""
    return Simulator(
        parse_config({"env": {"task": task}, "sim": {"cameras": {}, "variation": variation, **sim}})
    )


def boxes_xy_m(simulator: Simulator) -> np.ndarray[Any, Any]:
    """Return where the distractors are."""
    found = [simulator.data.body(f"distractor{n}").xpos[:2] for n in range(2)]
    return np.array(found)


def test_distractors_lie_around_the_block_and_the_block_where_it_lay_without_them() -> None:
    """Far enough from it and each other for an open hand, on the table."""
    with closing(build(HARD)) as hard, closing(build({})) as plain:
        for seed in range(20):
            hard.begin(seed)
            plain.begin(seed)
            block = hard.data.body("block").xpos
            np.testing.assert_array_equal(block, plain.data.body("block").xpos)
            places = [*boxes_xy_m(hard), block[:2]]
            apart_m = [np.linalg.norm(a - b) for n, a in enumerate(places) for b in places[n + 1 :]]
            assert min(apart_m) >= 0.07
            assert hard.data.body("distractor1").xpos[2] == pytest.approx(0.02)


def test_the_same_seed_looks_the_same_and_another_one_does_not() -> None:
    """Pictures, whatever was shown in between."""
    cameras = {"front": {"camera": "front"}, "wrist": {"camera": "handcam_rgb"}}
    with closing(build(HARD, cameras=cameras)) as simulator:
        first = simulator.begin(1)
        other = simulator.begin(2)
        again = simulator.begin(1)
    for name in ("observation.images.front", "observation.images.wrist"):
        np.testing.assert_array_equal(first[name], again[name])
        assert not np.array_equal(first[name], other[name])


@pytest.mark.parametrize("light", [0.5, 1.0])
def test_light_makes_pictures_darker_or_leaves_them(light: float) -> None:
    """By about the factor, for what is not black."""
    cameras = {"front": {"camera": "front"}}
    with (
        closing(build({"light": [light, light]}, cameras=cameras)) as lit,
        closing(build({}, cameras=cameras)) as plain,
    ):
        shown, expected = (
            each.begin(0)["observation.images.front"].mean() for each in (lit, plain)
        )
    assert shown / expected == pytest.approx(light, abs=0.2)


@pytest.mark.parametrize(
    ("variation", "task", "said"),
    [
        ({"distractors": 4}, "PandaPickCube-v0", "distractors: accepted: 0 to 3, got 4"),
        ({"light": [1.2, 0.5]}, "PandaPickCube-v0", "light: accepted: two factors above 0"),
        ({"camera_m": 1}, "PandaPickCube-v0", "camera_m: accepted: 0 to 0.1 m, got 1"),
        ({"distractors": 1}, "PandaArrangeBoxes-v0", "only PandaPickCube-v0 has room"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(variation: Any, task: str, said: str) -> None:
    """With its key and what is accepted."""
    with pytest.raises(ConfigError, match=f"sim.variation.*{said}"):
        build(variation, task=task)
