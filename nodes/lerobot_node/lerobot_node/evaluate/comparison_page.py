"""A comparison of two evaluations as one HTML page that needs nothing beside it."""

import base64
from pathlib import Path
from typing import Any, Final

from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.report import page as report_page
from lerobot_node.evaluate.comparison import Comparison, Judged, Pair, verdict
from lerobot_node.evaluate.result import outcome_of

ASSETS: Final = Path(__file__).parent / "assets"
FILMS: Final = 24
"""Seeds whose films are on the page."""


def render(comparison: Comparison) -> str:
    """Return the page's HTML, with the films of the seeds on which the policies differ."""
    told = comparison.to_json()
    differing = [pair for pair in comparison.pairs if pair.differs]
    # Films are large: those that have no place are not read.
    shown = [_row(comparison, pair) for pair in differing[:FILMS]]
    template = report_page.templates(ASSETS).get_template("comparison.html.jinja")
    return template.render(
        told=told,
        verdict=verdict(told),
        differing=shown,
        more=len(differing) - len(shown),
        has_films=any(side["film"] for row in shown for side in row["sides"]),
    )


def _row(comparison: Comparison, pair: Pair) -> dict[str, Any]:
    sides = [_side(comparison.first, pair.first), _side(comparison.second, pair.second)]
    return {"seed": pair.first.seed, "sides": sides}


def _side(judged: Judged, record: EpisodeRecord) -> dict[str, Any]:
    film = judged.film(record)
    return {
        "outcome": outcome_of(record),
        "success": record.success,
        "steps": record.length,
        "film": film and f"data:video/mp4;base64,{base64.b64encode(film.read_bytes()).decode()}",
    }
