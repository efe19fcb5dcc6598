"""Looks through a dataset and puts together what the report shows."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from lerobot.datasets import LeRobotDataset
from numpy.typing import NDArray
from tqdm import tqdm

from dora_hil_datasets.dataset.columns import column_of
from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.recorded_episode import RecordedEpisode, read_episodes, vectors
from dora_hil_datasets.report.axes import make_axes
from dora_hil_datasets.report.cards import drove, make_card, short_name
from dora_hil_datasets.report.charts import histogram
from dora_hil_datasets.report.flags import Findings, find
from dora_hil_datasets.report.initial_state import initial_state_key
from dora_hil_datasets.report.page import Page, Vector, percent, render, seconds
from dora_hil_datasets.report.ranges import dimension_ranges
from dora_hil_datasets.report.thumbnails import EpisodePictures, PictureReader

LENGTH_BINS: Final = 24


@dataclass(frozen=True, eq=False)
class Report:
    """A report.

    Attributes:
        html: the page.
        summary: what the dataset amounts to, in one line.
        findings: the suspicious episodes.
        picture_bytes: of the page, for an episode's pictures on average.
    """

    html: str
    summary: str
    findings: Findings
    picture_bytes: int


def make_report(local: LocalDataset, thumbnails: int, played: int = 0) -> Report:
    """Look through all episodes; shows a progress bar on stderr.

    Args:
        local: the dataset.
        thumbnails: of each camera in each episode.
        played: frames of each camera that are played when a person points at an episode.

    Raises:
        DatasetError: the dataset cannot be opened.
    """
    dataset = local.open()
    episodes = read_episodes(dataset, local.records)
    reader = PictureReader(dataset, thumbnails, played)
    pictures = {
        e.index: reader.read(e) for e in tqdm(episodes, desc="episodes", leave=False, disable=None)
    }
    names = vectors(dataset.features)
    findings = find(
        episodes,
        list(names),
        _starts(dataset, episodes, pictures),
        {i: p.problem for i, p in pictures.items() if p.problem},
    )
    page = _page(local, dataset, episodes, pictures, names, findings)
    counts = ", ".join(f"{label}: {value}" for label, value, _ in page.totals)
    return Report(render(page), counts, findings, page.picture_bytes)


def _starts(
    dataset: LeRobotDataset,
    episodes: Sequence[RecordedEpisode],
    pictures: Mapping[int, EpisodePictures],
) -> dict[int, str]:
    has_video = bool(dataset.meta.video_keys)
    keys = {
        e.index: initial_state_key(e, pictures[e.index].first_digest, has_video=has_video)
        for e in episodes
        if not pictures[e.index].problem
    }
    return {index: key for index, key in keys.items() if key is not None}


def _page(
    local: LocalDataset,
    dataset: LeRobotDataset,
    episodes: Sequence[RecordedEpisode],
    pictures: Mapping[int, EpisodePictures],
    names: Mapping[str, Sequence[str]],
    findings: Findings,
) -> Page:
    lengths = np.array([e.length for e in episodes])
    drawn = [
        Vector(name, dimension_ranges(names[name], _whole(episodes, name)), name == "action")
        for name in sorted(names, key=lambda name: name != "action")
    ]
    tasks = list(dict.fromkeys(task for e in episodes for task in e.tasks))
    which = f"--repo_id {shlex.quote(local.repo_id)}"
    action = next((vector for vector in drawn if vector.is_drawn), None)
    axes = make_axes(action.dimensions) if action is not None else []
    cards = [
        make_card(
            episode,
            pictures[episode.index],
            findings.flags.get(episode.index, ()),
            action,
            axes,
            longest=int(lengths.max()),
            names_task=len(tasks) > 1,
        )
        for episode in episodes
    ]
    return Page(
        repo_id=local.repo_id,
        root=shared_root(local.root),
        fps=dataset.fps,
        totals=_totals(dataset, episodes, findings),
        tasks=tasks,
        warnings=findings.warnings,
        vectors=drawn,
        features=[_feature(name, feature) for name, feature in dataset.features.items()],
        cards=cards,
        length_bars=histogram(lengths, LENGTH_BINS),
        median_length=float(np.median(lengths)),
        view_command=f"uv run dora-hil view {which}",
        delete_command=f"uv run dora-hil delete {which}",
        axes=axes,
        knows_drivers=any(e.drivers for e in episodes),
        picture_bytes=round(sum(p.size for p in pictures.values()) / len(episodes)),
    )


def shared_root(root: Path) -> str:
    """Return where a dataset is, for a page that may be sent to somebody.

    That is from the folder the commands are given in; of one that lies elsewhere its name alone:
    where it lies on this machine is nobody's business, and of no use on another one.
    """
    whole, here = root.expanduser().resolve(), Path.cwd()
    return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else whole.name


def _whole(episodes: Sequence[RecordedEpisode], name: str) -> NDArray[Any]:
    return np.concatenate([e.columns[name] for e in episodes])


def _totals(
    dataset: LeRobotDataset, episodes: Sequence[RecordedEpisode], findings: Findings
) -> list[tuple[str, str, str]]:
    frames = sum(e.length for e in episodes)
    totals = [
        ("episodes", str(len(episodes)), f"{len(findings.flags)} flagged"),
        ("frames", f"{frames}", f"{dataset.fps} per second"),
        ("duration", seconds(frames, dataset.fps), ""),
    ]
    solved = sum(e.success_frame is not None for e in episodes)
    if "next.success" in dataset.features:
        totals.append(("successes", str(solved), percent(solved / len(episodes))))
    driven = [d for e in episodes if (d := e.by_person) is not None]
    if driven:
        share = sum(int(d.sum()) for d in driven) / frames
        some = sum(bool(d.any()) for d in driven)
        label = next((drove(e) for e in episodes if e.drivers), drove(episodes[0]))
        totals.append((label, percent(share), f"of the frames, in {some} episodes"))
    cameras = [short_name(camera) for camera in dataset.meta.camera_keys]
    totals.append(("cameras", str(len(cameras)), ", ".join(cameras)))
    if dataset.meta.robot_type:
        totals.append(("robot", str(dataset.meta.robot_type), ""))
    return totals


def _feature(name: str, feature: Mapping[str, Any]) -> dict[str, str]:
    return {
        "name": name,
        "dtype": str(feature["dtype"]),
        "shape": " x ".join(map(str, feature["shape"])),
        "names": ", ".join(column_of(feature).names),
    }
