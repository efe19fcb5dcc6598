"""LeRobot's `dataset` block: where a dataset is, and how it is written."""

from dataclasses import dataclass, field
from pathlib import Path

from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]


@dataclass(frozen=True)
class VideoEncoding:
    """LeRobot's `rgb_encoder`, with defaults that a laptop encodes while it records.

    Attributes:
        vcodec: any of LeRobot's codecs; `h264` decodes everywhere.
        pix_fmt: pixel format.
        g: frames between key frames; 2 lets a training loop seek fast.
        crf: quality, lower is better.
        preset: the codec's own speed preset.
    """

    vcodec: str = "h264"
    pix_fmt: str = "yuv420p"
    g: int = 2
    crf: int = 18
    preset: str | int = "veryfast"


@dataclass(frozen=True)
class DatasetConfig:
    """LeRobot's `dataset` block.

    Attributes:
        repo_id: the dataset's name on the Hub, ``user/name``.
        root: the folder it is recorded into.
        renamed_from: the name it was recorded under so far, where it is to have another one now.
        single_task: what is to be done, in words; empty takes the body's.
        num_episodes: how many the dataset has in the end, those it holds already included.
        fps: the control rate, checked against the body's; null takes the body's.
        video: cameras as mp4; else every picture losslessly in the parquet file.
        push_to_hub: upload the complete dataset.
        private, tags: of the dataset on the Hub.
        rgb_encoder: see `VideoEncoding`.
        encoder_threads: threads of one camera's encoder.
    """

    repo_id: str = "example/gym_hil_trial"
    root: Path = Path("outputs/record/gym_hil_trial")
    renamed_from: str = ""
    single_task: str = ""
    num_episodes: int = 50
    fps: int | None = None
    video: bool = True
    push_to_hub: bool = False
    private: bool | None = None
    tags: tuple[str, ...] = ()
    rgb_encoder: VideoEncoding = field(default_factory=VideoEncoding)
    encoder_threads: int = 1

    def __post_init__(self) -> None:
        """Check what the types do not say."""
        if self.repo_id.count("/") != 1:
            raise ValueError(f"repo_id must be 'user/name', got {self.repo_id!r}")
        validate_repo_id(self.repo_id)
        for name in ("num_episodes", "encoder_threads", "fps"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be 1 or more, got {value}")
