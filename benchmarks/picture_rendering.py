"""Draw `docs/images/rendering.png`: the same moments in `full` and in `fast`, side by side.

uv run python benchmarks/picture_rendering.py docs/images/rendering.png
"""

import argparse
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from dora_hil.display.renderer import CameraConfig, CameraRenderer
from gym_hil_node.scene import TASK_SCENES, load_scene

CAMERAS = {"front": CameraConfig("front"), "wrist": CameraConfig("handcam_rgb")}
QUALITIES = ("full", "fast")
JOINT_POS_RAD = (0.1, 0.15, 0.0, -2.15, 0.0, 2.3, np.pi / 4 + 0.1)
SCALE, GAP_PX, TITLE_PX = 3, 6, 22


def pictures(scene: str, quality: str) -> dict[str, NDArray[np.uint8]]:
    """Return what the cameras see in one posture."""
    model = load_scene(scene, quality)
    data = mujoco.MjData(model)
    data.qpos[: len(JOINT_POS_RAD)] = JOINT_POS_RAD
    mujoco.mj_forward(model, data)
    renderer = CameraRenderer(model, CAMERAS)
    seen = renderer.render(data)
    renderer.close()
    return seen


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    path = parser.parse_args().path
    side_px = SCALE * CAMERAS["front"].width_px
    columns, rows = len(CAMERAS) * len(QUALITIES), len(TASK_SCENES)
    sheet = Image.new(
        "RGB",
        (
            columns * (side_px + GAP_PX) + GAP_PX,
            rows * (side_px + TITLE_PX + GAP_PX) + GAP_PX,
        ),
        "white",
    )
    draw = ImageDraw.Draw(sheet)
    for row, scene in enumerate(TASK_SCENES):
        seen = {quality: pictures(scene, quality) for quality in QUALITIES}
        cells = [(camera, quality) for camera in CAMERAS for quality in QUALITIES]
        for column, (camera, quality) in enumerate(cells):
            x = GAP_PX + column * (side_px + GAP_PX)
            y = GAP_PX + row * (side_px + TITLE_PX + GAP_PX)
            draw.text((x + 2, y + 4), f"{scene}, {camera}: {quality}", fill="black", font_size=14)
            enlarged = seen[quality][camera].repeat(SCALE, 0).repeat(SCALE, 1)
            sheet.paste(Image.fromarray(enlarged), (x, y + TITLE_PX))
    sheet.save(path, optimize=True)


if __name__ == "__main__":
    main()
