"""Outputs for dora-hub's nodes."""

import numpy as np

from dora_hil.node.dora_hub import DoraHubOutputs
from dora_hil.node.node import NodePort
from dora_hil.stream.spec import ColumnSpec, StreamSpec
from dora_hil.stream.timestep import Kind, Phase, TimeStep
from dora_hil.testing.fake_node import FakeNode

IMAGE = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
SPEC = StreamSpec("", "fake", (), {"observation.images.front": ColumnSpec.image(4, 6)})
TIMESTEP = TimeStep(Kind.MID, Phase.RUNNING, 0, 1, {"observation.images.front": IMAGE}, SPEC)


def test_a_picture_is_flat_rgb8_with_its_size() -> None:
    """The convention of dora-rerun and opencv-video-capture."""
    node = FakeNode(outputs=("image_front",))
    DoraHubOutputs(NodePort(node)).send_images(TIMESTEP)
    ((output, value, metadata),) = node.sent
    assert output == "image_front"
    np.testing.assert_array_equal(value.to_numpy(), IMAGE.reshape(-1))
    assert metadata == {"primitive": "image", "encoding": "rgb8", "width": 6, "height": 4}


def test_joint_positions_are_floats_in_radians() -> None:
    """With the primitive that viewers look for."""
    node = FakeNode(outputs=("jointstate",))
    DoraHubOutputs(NodePort(node)).send_joints(np.array([0.5, -1.0]))
    ((_, value, metadata),) = node.sent
    np.testing.assert_allclose(value.to_numpy(), [0.5, -1.0])
    assert metadata == {"primitive": "jointstate", "encoding": "jointstate"}


def test_only_declared_outputs_are_sent() -> None:
    """Nothing is encoded for nobody."""
    node = FakeNode(outputs=("episode",))
    hub = DoraHubOutputs(NodePort(node))
    hub.send_images(TIMESTEP)
    hub.send_joints(np.zeros(7))
    assert node.sent == []
