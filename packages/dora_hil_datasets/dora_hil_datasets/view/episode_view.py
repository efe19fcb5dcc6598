"""Shows recorded episodes in Rerun: one recording each, every feature under its own name."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import rerun as rr
from lerobot.datasets import LeRobotDataset
from lerobot.utils.constants import DEFAULT_FEATURES, DONE, REWARD, SUCCESS, TRUNCATED
from PIL import Image
from tqdm import tqdm

from dora_hil.stream.timestep import end_words
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.pictures import jpeg, read_pictures
from dora_hil_datasets.dataset.recorded_episode import (
    INTERVENTION,
    RecordedEpisode,
    read_episodes,
    vectors,
)
from dora_hil_datasets.view.blueprint import (
    FRAME_INDEX,
    SUMMARY,
    TIMESTAMP,
    episode_blueprint,
)
from dora_hil_datasets.view.sinks import Sink

JPEG_QUALITY: Final = 90

# The colours are those of the live view, as 0xRRGGBBAA.
YELLOW: Final = 0xF2CC4DFF
SERIES: Final = (
    *(0xF0555AFF, 0x3FB950FF, 0x4C9AFFFF, YELLOW),
    *(0xD57BFFFF, 0x2FD8D8FF, 0xFF9A3DFF, 0xFF8FC7FF),
    *(0xA6D854FF, 0x9C8CFFFF, 0xC49A6CFF, 0xBFC7CFFF),
)
STATES: Final = {
    SUCCESS: ("success", 0x3FB950FF),
    DONE: ("done", 0x6E7681FF),
    TRUNCATED: ("truncated", YELLOW),
    INTERVENTION: ("a person drives", 0xFF9A3DFF),
}
"""What a band says where the flag is true, and its colour; other flags just say yes."""
YES: Final = ("yes", 0x4C9AFFFF)
NO: Final = ("no", 0x80808033)


def show_episodes(dataset: LeRobotDataset, records: Sequence[EpisodeRecord], sink: Sink) -> None:
    """Show all opened episodes, one recording each.

    Progress bars go to stderr.

    Args:
        dataset: opened with the episodes to show.
        records: of all its episodes, or none.
        sink: where to.

    Raises:
        PictureError: a frame cannot be decoded.
        ViewError: the viewer was closed meanwhile.
    """
    view = EpisodeView(dataset)
    for episode in read_episodes(dataset, records):
        recording = rr.RecordingStream(dataset.repo_id)
        sink.connect(recording, episode.index)
        view.log(episode, recording)
        sink.deliver(recording)
        recording.disconnect()
    sink.wait()


class EpisodeView:
    """Logs episodes of a dataset."""

    def __init__(self, dataset: LeRobotDataset) -> None:
        """Sort the features by how they are shown."""
        self._dataset = dataset
        self._cameras: list[str] = list(dataset.meta.camera_keys)
        self._vectors = vectors(dataset.features)

    def log(self, episode: RecordedEpisode, recording: rr.RecordingStream) -> None:
        """Log an episode and the layout.

        Raises:
            PictureError: a frame cannot be decoded.
        """
        others = [
            n for n in episode.columns if n not in self._vectors and n not in DEFAULT_FEATURES
        ]
        flags = [n for n in others if episode.columns[n].dtype == np.bool_]
        scalars = sorted((n for n in others if n not in flags), key=lambda n: n != REWARD)
        recording.send_recording_name(f"episode {episode.index}")
        recording.send_blueprint(
            episode_blueprint(
                self._cameras,
                list(self._vectors),
                scalars,
                flags,
                episode.fps,
                lists_recordings=self._dataset.num_episodes > 1,
            )
        )
        text = rr.TextDocument(_summary(episode), media_type=rr.MediaType.MARKDOWN)
        recording.log(SUMMARY, text, static=True)
        for name, dimensions in self._vectors.items():
            _log_curves(name, dimensions, episode, recording)
        for number, name in enumerate(scalars, start=SERIES.index(YELLOW)):
            _log_curves(name, [name], episode, recording, first_color=number)
        for name in flags:
            _log_flag(name, episode, recording)
        self._log_pictures(episode, recording)

    def _log_pictures(self, episode: RecordedEpisode, recording: rr.RecordingStream) -> None:
        frames = range(episode.length) if self._cameras else range(0)
        for frame in tqdm(frames, desc=f"episode {episode.index}", leave=False, disable=None):
            pictures = read_pictures(self._dataset, episode.first_row + frame)
            for camera, pixels in pictures.items():
                blob = jpeg(Image.fromarray(pixels), JPEG_QUALITY)
                recording.send_columns(
                    camera,
                    indexes=_times([frame], episode),
                    columns=rr.EncodedImage.columns(blob=[blob], media_type=["image/jpeg"]),
                )


def _log_curves(
    name: str,
    dimensions: Sequence[str],
    episode: RecordedEpisode,
    recording: rr.RecordingStream,
    first_color: int = 0,
) -> None:
    palette = np.roll(np.array(SERIES, dtype=np.uint32), -first_color)
    colors = np.resize(palette, len(dimensions))
    recording.log(name, rr.SeriesLines(names=dimensions, colors=colors), static=True)
    values = episode.columns[name].reshape(episode.length, -1).astype(np.float64)
    recording.send_columns(
        name,
        indexes=_times(range(episode.length), episode),
        columns=rr.Scalars.columns(scalars=values),
    )


def _log_flag(name: str, episode: RecordedEpisode, recording: rr.RecordingStream) -> None:
    """Log a flag as bands, the last of which ends with the last frame."""
    yes, yes_color = STATES.get(name, YES)
    no, no_color = NO
    colors = np.array([no_color, yes_color], dtype=np.uint32)
    recording.log(name, rr.StateConfiguration(values=[no, yes], colors=colors), static=True)
    flag = episode.columns[name]
    starts = [0, *(np.flatnonzero(np.diff(flag)) + 1).tolist()]
    states = [yes if flag[frame] else no for frame in starts]
    recording.send_columns(
        name,
        indexes=_times([*starts, episode.length], episode),
        columns=rr.StateChange.columns(state=[*states, ""]),
    )


def _times(frames: Iterable[int], episode: RecordedEpisode) -> list[rr.TimeColumn]:
    numbers = np.fromiter(frames, dtype=np.int64)
    return [
        rr.TimeColumn(FRAME_INDEX, sequence=numbers),
        rr.TimeColumn(TIMESTAMP, duration=numbers / episode.fps),
    ]


def _summary(episode: RecordedEpisode) -> str:
    lines = [
        f"**Episode {episode.index}**: {' · '.join(episode.tasks)}",
        f"{episode.length} frames, {episode.duration_s:.1f} s, {episode.outcome}",
    ]
    if episode.record is not None:
        lines.append(f"seed {episode.record.seed}, end: {end_words(episode.record.end_reason)}")
    return "\n\n".join(lines)
