"""What the virtual SO-101's cameras see while it holds the block, larger than they send it.

MUJOCO_GL=egl uv run python benchmarks/picture_so101.py docs/images/so101.png
"""

import argparse
import math
from pathlib import Path

import mujoco
import numpy as np
from PIL import Image

from dora_hil.display.renderer import CameraConfig, CameraRenderer
from virtual_so101_node.physics import Physics
from virtual_so101_node.scene import BETWEEN_JAWS, BLOCK, CAMERAS

SIZE_PX = 480
HOME_DEG = (0.0, -32.0, 29.0, 93.0, 0.0, 40.0)
CLOSED_RAD = -0.1
CLOSING_STEPS = 400


def main() -> None:
    """Let the jaws close around a block that floats between them, then take the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path, help="the picture to write")
    args = parser.parse_args()
    physics = Physics([math.radians(angle) for angle in HOME_DEG], is_weightless=True)
    data = mujoco.MjData(physics.model)
    physics.show(data)
    physics.put_block(data.site(BETWEEN_JAWS).xpos)
    goals_rad = np.radians(HOME_DEG)
    goals_rad[-1] = CLOSED_RAD
    for _ in range(CLOSING_STEPS):
        physics.step(goals_rad, np.full(len(HOME_DEG), 0.5))
    assert physics.world.is_held, f"the {BLOCK} is not held"
    physics.show(data)
    cameras = {name: CameraConfig(camera, SIZE_PX, SIZE_PX) for name, camera in CAMERAS.items()}
    seen = CameraRenderer(physics.model, cameras).render(data)
    Image.fromarray(np.hstack(list(seen.values()))).save(args.output, optimize=True)


if __name__ == "__main__":
    main()
