"""What an episode began with, as a key: two episodes with the same one begin alike."""

import hashlib

from lerobot.utils.constants import OBS_ENV_STATE, OBS_STR

from dora_hil_datasets.dataset.recorded_episode import RecordedEpisode


def initial_state_key(
    episode: RecordedEpisode, first_digest: str, *, has_video: bool
) -> str | None:
    """Return a key of the first observation, or None where nothing tells.

    Pictures from a video cannot be compared. Beside them the vectors tell only if they say where
    things are, which `observation.environment_state` does; else the seed stands for it, which a
    simulator places things by.

    Args:
        episode: the episode.
        first_digest: of its first pictures, as far as they are stored without loss.
        has_video: some camera is stored as video.
    """
    if has_video and OBS_ENV_STATE not in episode.columns:
        record = episode.record
        return None if record is None or record.seed < 0 else f"seed {record.seed}"
    digest = hashlib.sha256(first_digest.encode())
    for name in sorted(episode.columns):
        if name.startswith(f"{OBS_STR}."):
            digest.update(episode.columns[name][0].tobytes())
    return digest.hexdigest()
