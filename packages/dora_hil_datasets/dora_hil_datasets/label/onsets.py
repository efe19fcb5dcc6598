"""From which picture on each episode shows success."""

from collections.abc import Mapping

import numpy as np

from dora_hil.errors import UserError
from dora_hil_datasets.edit.labels import EpisodeLabels

Onset = int | None
"""The first picture that shows success, from 1 to the episode's length; None for no success.

The length itself is the picture behind the last row, which no dataset holds.
"""


class OnsetError(UserError):
    """An onset that an episode cannot have."""


def parse_onsets(text: str) -> dict[int, Onset]:
    """Read ``0=17,3=none``.

    Raises:
        OnsetError: it is something else.
    """
    onsets: dict[int, Onset] = {}
    for word in filter(None, (part.strip() for part in text.split(","))):
        episode, _, frame = word.partition("=")
        try:
            onsets[int(episode)] = None if frame.strip() == "none" else int(frame)
        except ValueError:
            raise OnsetError(
                f"--set: {word!r}: expected EPISODE=FRAME or EPISODE=none, such as 0=17,3=none"
            ) from None
    return onsets


def check_onset(episode: int, onset: Onset, lengths: Mapping[int, int]) -> None:
    """Refuse what an episode cannot have.

    Raises:
        OnsetError: there is no such episode, or no such picture in it.
    """
    if episode not in lengths:
        raise OnsetError(f"there is no episode {episode}; there are 0 to {len(lengths) - 1}")
    if onset is not None and not 1 <= onset <= lengths[episode]:
        raise OnsetError(
            f"episode {episode}: success from picture {onset} on; expected 1 to {lengths[episode]} "
            "(its length, for success that only the last action led to), or none"
        )


def recorded_onset(labels: EpisodeLabels) -> Onset:
    """Return what the recorded labels say."""
    return int(np.argmax(labels.success)) + 1 if labels.success.any() else None


def with_onset(old: EpisodeLabels, onset: Onset) -> EpisodeLabels:
    """Return an episode's labels with success from a picture on, until its end."""
    rows = len(old.success)
    success = np.arange(1, rows + 1) >= (rows + 1 if onset is None else onset)
    is_last = np.arange(rows) == rows - 1
    return EpisodeLabels(
        reward=success.astype(np.float32),
        done=is_last & success,
        truncated=is_last & ~success,
        success=success,
    )
