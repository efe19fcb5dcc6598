"""The figures of a classifier as one HTML page that needs nothing beside it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from lerobot.datasets import LeRobotDataset
from PIL import Image

from dora_hil_datasets.dataset.pictures import read_pictures
from dora_hil_datasets.dataset.recorded_episode import RecordedEpisode
from dora_hil_datasets.report import page as report_page
from dora_hil_datasets.report.charts import polylines
from dora_hil_datasets.report.thumbnails import data_uri
from lerobot_node.reward.balance import Labels
from lerobot_node.reward.predictions import Probabilities
from lerobot_node.reward.score import Roc, joined, percent, worst

ASSETS = Path(__file__).parent / "assets"

WORST = 24
"""Frames on the page."""


def mistakes(
    dataset: LeRobotDataset,
    episodes: Sequence[RecordedEpisode],
    labels: Labels,
    seen: Probabilities,
) -> list[dict[str, Any]]:
    """Return the worst ones for the page, with a picture of each camera for `img` elements."""
    rows = {episode.index: episode.first_row for episode in episodes}
    return [
        {
            "episode": number,
            "frame": frame,
            "label": label,
            "probability": probability,
            "pictures": [
                data_uri(Image.fromarray(picture))
                for picture in read_pictures(dataset, rows[number] + frame).values()
            ],
        }
        for number, frame, label, probability in worst(labels, seen, WORST)
    ]


def render(
    title: str,
    told: Mapping[str, Any],
    found: Sequence[Mapping[str, Any]],
    labels: Labels,
    seen: Probabilities,
) -> str:
    """Return the HTML of a `score.report`, with its `mistakes`."""
    environment = report_page.templates(ASSETS)
    environment.filters["percent"] = percent
    roc = Roc.of(*joined(labels, seen))
    curve = " ".join(
        f"{100 * x:.2f},{100 - 100 * y:.2f}"
        for x, y in zip(roc.false_positive_rate, roc.true_positive_rate, strict=True)
    )
    strips = [
        {
            "episode": episode,
            "frames": len(label),
            "lines": polylines(seen[episode], 0.0, 1.0),
            # The first frame with success.
            "onset": int(np.argmax(label)) if label.any() else None,
        }
        for episode, label in labels.items()
    ]
    return environment.get_template("classifier.html.jinja").render(
        title=title, told=told, roc=curve, mistakes=found, strips=strips
    )
