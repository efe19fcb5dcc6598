"""Films of a run."""

from dataclasses import replace
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

from dora_hil.display.video import TAKEOVER_RGB, VideoError, VideoWriter
from dora_hil.stream.spec import ColumnSpec, StreamSpec, ee_action_columns
from dora_hil.stream.timestep import Kind, Phase, TimeStep

SPEC = StreamSpec(
    "",
    "fake",
    (),
    {
        "observation.images.front": ColumnSpec.image(32, 32),
        "observation.images.wrist": ColumnSpec.image(32, 64),
        **ee_action_columns(),
    },
)


def timestep(kind: Kind = Kind.MID, red: int = 200) -> TimeStep:
    """Return a step with a red picture and a black one."""
    front = np.zeros((32, 32, 3), dtype=np.uint8)
    front[..., 0] = red
    wrist = np.zeros((32, 64, 3), dtype=np.uint8)
    columns = {"observation.images.front": front, "observation.images.wrist": wrist}
    return TimeStep(kind, Phase.RUNNING, 0, 0, columns, SPEC)


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_a_film_shows_all_cameras_side_by_side(tmp_path: Path, suffix: str) -> None:
    """Scaled to one height; as many pictures as steps."""
    path = tmp_path / "new" / f"film{suffix}"
    writer = VideoWriter(path, fps=10, height_px=64)
    for i in range(5):
        writer(timestep(red=100 + 30 * i))
    writer.close()
    film = iio.imread(path)
    assert film.shape[:3] == (5, 64, 64 + 128)
    assert film[4, 32, 32, 0] > 150
    assert film[4, 32, 128].max() < 60


def test_what_lies_between_episodes_is_left_out(tmp_path: Path) -> None:
    """PHASE is never recorded."""
    writer = VideoWriter(tmp_path / "film.gif", fps=10)
    writer(timestep(Kind.PHASE))
    writer(timestep(Kind.FIRST))
    writer(timestep(Kind.LAST))
    writer.close()
    assert writer.frames == 2


def test_an_unknown_suffix_names_the_known_ones(tmp_path: Path) -> None:
    """Before anything is run."""
    with pytest.raises(VideoError, match=r"a name that ends in \.mp4 or \.gif"):
        VideoWriter(tmp_path / "film.avi", fps=10)


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A folder where a file should be."""
    (tmp_path / "film.mp4").mkdir()
    with pytest.raises(VideoError, match=r"film\.mp4: Is a directory"):
        VideoWriter(tmp_path / "film.mp4", fps=10)


def test_a_step_that_a_person_drove_in_place_of_the_policy_has_a_frame(tmp_path: Path) -> None:
    """Around all cameras; the pictures themselves stay as they are, and so do the policy's."""
    path = tmp_path / "film.mp4"
    writer = VideoWriter(path, fps=10, height_px=64)
    for drives in (False, True):
        writer(replace(timestep(), is_intervention=drives))
    writer.close()
    policys, persons = iio.imread(path).astype(int)
    near = pytest.approx(TAKEOVER_RGB, abs=40)
    assert persons[0, 96].tolist() == near
    assert persons[32, 191].tolist() == near
    assert persons[32, 96].max() < 60
    assert policys[0, 96].max() < 60


def test_a_disk_that_does_not_take_the_film_is_said_with_the_path(tmp_path: Path) -> None:
    """At the latest when the film is finished."""
    path = tmp_path / "film.mp4"
    path.symlink_to("/dev/full")
    writer = VideoWriter(path, fps=10)
    writer(timestep())
    with pytest.raises(VideoError, match=r"film\.mp4: No space left on device"):
        writer.close()
