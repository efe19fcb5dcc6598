"""What is in an episode's recording."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rerun as rr

from dora_hil.stream.timestep import Kind, Phase, Telemetry, TimeStep, Verdict
from rerun_node.layout import Layout
from rerun_node.recording import Recording

MakeStep = Callable[..., TimeStep]
Read = Callable[[Path, str], list[dict[str, Any]]]
CAMERA = "observation.images.front"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the recording is to be."""
    return tmp_path / "episode.rrd"


def _write(path: Path, steps: Sequence[TimeStep], jpeg_quality: int = 0) -> None:
    stream = rr.RecordingStream("test")
    stream.save(path)
    spec = steps[0].spec
    recording = Recording(stream, spec, Layout.of(spec), jpeg_quality)
    for step in steps:
        recording.write(step, None)
    stream.disconnect()


@pytest.fixture
def episode(make_step: MakeStep) -> list[TimeStep]:
    """Return four messages, which make three frames."""
    end = {"phase": Phase.DONE, "reward": 1.0, "done": True, "success": True}
    last = make_step(3, kind=Kind.LAST, verdict=Verdict.KEEP, **end)
    return [
        make_step(0),
        make_step(1, telemetry=Telemetry(driver="intervention_web")),
        make_step(2),
        last,
    ]


@pytest.mark.parametrize(
    ("entity", "width", "frames", "numbers"),
    [
        # The last observation leads to no frame of a dataset.
        ("observation.state", 2, [0, 1, 2, 3], [0.0, 1.0, 2.0, 3.0]),
        # As in the dataset, an action stands where it was decided: the message says what led to it.
        ("action.ee_delta", 4, [0, 1, 2], [-1.0, -2.0, -3.0]),
        ("action.ee_absolute", 4, [0, 1, 2], [-1.0, -2.0, -3.0]),
        # Beside the action that earned it.
        ("next.reward", 1, [0, 1, 2], [0.0, 0.0, 1.0]),
        # Nothing is drawn for a flag that is not set.
        ("next.success", 1, [2], [1.0]),
        ("next.done", 1, [2], [1.0]),
        ("next.truncated", 1, [], []),
    ],
)
def test_numbers_stand_at_their_frames(
    path: Path,
    episode: list[TimeStep],
    read: Read,
    entity: str,
    width: int,
    frames: list[int],
    numbers: list[float],
) -> None:
    """On both timelines."""
    _write(path, episode)
    rows = read(path, entity)
    assert [row["frame_index"] for row in rows] == frames
    times_s = [row["timestamp"].total_seconds() for row in rows]
    assert times_s == pytest.approx([0.1 * frame for frame in frames])
    assert [row["Scalars:scalars"] for row in rows] == [[number] * width for number in numbers]


def test_who_drove_stands_beside_the_action(
    path: Path, episode: list[TimeStep], read: Read
) -> None:
    """A person took over in frame 0."""
    _write(path, episode)
    rows = read(path, "driver/intervention_web")
    assert rows[0]["frame_index"] == 0
    assert np.isnan(rows[1]["Scalars:scalars"][0])


def test_pictures_are_compressed_if_wanted(path: Path, episode: list[TimeStep], read: Read) -> None:
    """As JPEG, which any viewer knows."""
    _write(path, episode, jpeg_quality=85)
    rows = read(path, CAMERA)
    assert [row["frame_index"] for row in rows] == [0, 1, 2, 3]
    assert bytes(rows[0]["EncodedImage:blob"][0][:2]) == b"\xff\xd8"


def test_pictures_can_be_left_as_they_are(path: Path, episode: list[TimeStep], read: Read) -> None:
    """Every pixel."""
    _write(path, episode)
    (buffer,) = read(path, CAMERA)[2]["Image:buffer"]
    assert bytes(buffer) == episode[2].columns[CAMERA].tobytes()


def test_what_is_no_frame_goes_on_in_time_without_a_frame_index(
    path: Path, make_step: MakeStep, make_phase: MakeStep, read: Read
) -> None:
    """The cameras stay live while the arm is brought back."""
    later = make_phase(0, t_capture_ns=1_100_000_000)
    _write(path, [make_step(0, t_capture_ns=0), make_step(1, t_capture_ns=100_000_000), later])
    rows = read(path, CAMERA)
    assert [row.get("frame_index") for row in rows] == [0, 1, None]
    assert rows[2]["timestamp"].total_seconds() == pytest.approx(1.1)
    assert len(read(path, "observation.state")) == 2


def test_what_comes_before_the_first_episode_begins_at_zero(
    path: Path, make_phase: MakeStep, read: Read
) -> None:
    """Whatever the machine's clock says."""
    _write(path, [make_phase(t_capture_ns=5 * 10**9), make_phase(t_capture_ns=6 * 10**9)])
    assert [row["timestamp"].total_seconds() for row in read(path, CAMERA)] == [0.0, 1.0]


def test_the_text_follows_the_episode(path: Path, episode: list[TimeStep], read: Read) -> None:
    """To its verdict."""
    _write(path, episode)
    texts = [row["TextDocument:text"][0] for row in read(path, "episode/summary")]
    assert texts[0].startswith("## episode 0\n")
    assert texts[3].startswith("## episode 0: kept")


def test_steps_may_be_missing(path: Path, episode: list[TimeStep], read: Read) -> None:
    """A view that is behind drops some."""
    _write(path, [episode[0], episode[3]])
    assert [row["frame_index"] for row in read(path, "action.ee_delta")] == [2]
