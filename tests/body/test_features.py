"""Observation vectors that are put together by name."""

from dataclasses import dataclass, field

import numpy as np

from dora_hil.body.features import Feature, FeatureColumn, points, specs
from dora_hil.stream.actions import Float64Array


@dataclass
class Sensors:
    """What a body might measure."""

    angle: Float64Array = field(default_factory=lambda: np.array([0.5]))
    tcp_xyz_m: Float64Array = field(default_factory=lambda: np.array([0.1, 0.2, 0.3]))


ANGLE = Feature[Sensors](("elbow.pos",), ("rad",), lambda s: s.angle)
TCP: Feature[Sensors] = points(["tcp"], lambda s: s.tcp_xyz_m)


def test_a_column_has_its_features_in_the_order_given() -> None:
    """Names, units and numbers alike."""
    column = FeatureColumn[Sensors]([TCP, ANGLE])
    assert column.spec.names == ("tcp.x", "tcp.y", "tcp.z", "elbow.pos")
    assert column.spec.units == ("m", "m", "m", "rad")
    assert column.spec.shape == (4,)
    np.testing.assert_allclose(column.read(Sensors()), [0.1, 0.2, 0.3, 0.5], rtol=1e-6)


def test_an_observation_is_float32_and_not_changed_by_what_is_measured_next() -> None:
    """Whatever the sensors compute with; it is a copy, even of a single feature."""
    sensors = Sensors()
    seen = FeatureColumn[Sensors]([ANGLE]).read(sensors)
    sensors.angle[:] = 9.0
    assert seen.dtype == np.float32
    np.testing.assert_array_equal(seen, [0.5])


def test_points_are_x_y_and_z_in_metres() -> None:
    """One after the other."""
    feature = points(["cube", "goal"], lambda s: s)
    assert feature.names == ("cube.x", "cube.y", "cube.z", "goal.x", "goal.y", "goal.z")
    assert feature.units == ("m",) * 6


def test_specs_describe_every_column() -> None:
    """By name."""
    column = FeatureColumn[Sensors]([ANGLE])
    assert specs({"observation.state": column}) == {"observation.state": column.spec}
