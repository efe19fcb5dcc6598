"""One step as bytes."""

import io
import json
import struct

import numpy as np
from PIL import Image

from web_node.snapshot import Snapshot


def test_head_and_pictures_can_be_taken_apart_again() -> None:
    """Length, JSON, JPEGs."""
    front = np.full((24, 32, 3), 200, dtype=np.uint8)
    wrist = np.zeros((8, 8, 3), dtype=np.uint8)
    packed = Snapshot(5, 0, {"step": 2}, {"front": front, "wrist": wrist}).packed
    (length,) = struct.unpack_from("<I", packed)
    head = json.loads(packed[4 : 4 + length])
    assert (head["frame"], head["state"]) == (5, {"step": 2})
    [[first, size], [second, rest]] = head["pictures"]
    assert (first, second) == ("front", "wrist")
    assert len(packed) == 4 + length + size + rest
    picture = np.asarray(Image.open(io.BytesIO(packed[4 + length : 4 + length + size])))
    assert picture.shape == (24, 32, 3)
    assert abs(picture.astype(int) - 200).max() <= 2


def test_pictures_are_encoded_once_for_all_viewers() -> None:
    """The second asks for the same bytes."""
    snapshot = Snapshot(1, 0, {}, {"front": np.zeros((8, 8, 3), dtype=np.uint8)})
    assert snapshot.packed is snapshot.packed
