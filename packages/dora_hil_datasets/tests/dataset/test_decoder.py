"""Which decoder there is, and what is said of it."""

import importlib
import logging
from pathlib import Path
from typing import Any

import pytest
import recordings

from dora_hil_datasets.dataset import decoder
from dora_hil_datasets.dataset.local import LocalDataset

_load = importlib.import_module


def without_ffmpeg(name: str, package: str | None = None) -> Any:
    """Fail as torchcodec does where FFmpeg's libraries are missing."""
    if name == "torchcodec":
        raise RuntimeError(f"Could not load lib{name}. Likely causes:\n" + "  ...\n" * 110)
    return _load(name, package)


def test_without_ffmpegs_libraries_pyav_decodes_and_nothing_is_said(
    dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither at an open nor at a save: LeRobot has 110 lines about it."""
    monkeypatch.setattr(importlib, "import_module", without_ffmpeg)
    decoder.video_backend.cache_clear()
    assert decoder.video_backend() == "pyav"
    with caplog.at_level(logging.WARNING):
        assert LocalDataset(recordings.REPO_ID, dataset).open()[0] is not None
        recordings.write(dataset, [2, 2])
    assert not caplog.records
    decoder.video_backend.cache_clear()
