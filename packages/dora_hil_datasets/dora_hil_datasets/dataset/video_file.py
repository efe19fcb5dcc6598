"""What a video file holds."""

from contextlib import closing
from pathlib import Path

import av


def count_pictures(path: Path) -> int:
    """Return how many pictures can be read from a file, whatever its header says."""
    with closing(av.open(str(path))) as container:
        return sum(packet.size > 0 for packet in container.demux(video=0))
