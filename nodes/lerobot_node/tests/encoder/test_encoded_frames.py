"""A dataset whose pictures are encoded when they are read."""

import torch

from lerobot_node.encoder.encoded_frames import EncodedFrames
from lerobot_node.encoder.frozen import FrozenEncoder

CAMERAS = ("observation.images.front", "observation.images.wrist")


class Frames:
    """Three frames of grey pictures, as bytes; notes which were read."""

    def __init__(self) -> None:
        """Begin."""
        self.read: list[int] = []

    def __len__(self) -> int:
        """Return how many."""
        return 3

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """Return one."""
        self.read.append(index)
        grey = torch.full((3, 128, 128), 50 * index, dtype=torch.uint8)
        return {**dict.fromkeys(CAMERAS, grey), "observation.state": torch.zeros(8)}


def test_features_of_bytes_and_of_numbers_are_the_same(encoder: FrozenEncoder) -> None:
    """And stand where the pictures stood; everything else is as it was."""
    sample = EncodedFrames(Frames(), encoder)[1]
    numbers = {key: torch.full((1, 3, 128, 128), 50 / 255) for key in CAMERAS}
    for stored, expected in encoder.encode(numbers).items():
        assert torch.equal(sample[stored], expected[0])
    assert set(sample) == {*encoder.stored.values(), "observation.state"}


def test_a_frame_that_is_asked_for_again_is_not_read_again(encoder: FrozenEncoder) -> None:
    """LeRobot asks for each frame and for the one behind it."""
    frames = Frames()
    encoded = EncodedFrames(frames, encoder)
    for index in (0, 1, 1, 2):
        encoded[index]
    assert frames.read == [0, 1, 2]
    assert len(encoded) == 3
