"""A classifier that was really trained, for a minute's work with lamps."""

import os
import subprocess
import sys
from pathlib import Path

import lamps
import pytest
from harness import ROOT


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train on twelve episodes with the project's own scripts; returns the output folder."""
    folder = tmp_path_factory.mktemp("trained")
    lamps.write(folder / "data", [3, 5, None, 4, 6, None, 2, 5, 4, None, 3, 5])
    output = folder / "output"
    config = lamps.train_config(folder / "data", folder / "backbone", output)
    path = lamps.write_config(folder / "train.json", config)
    make = [
        "make_backbone.py",
        f"--output={folder / 'backbone'}",
        "--channels",
        *["8", "8", "8", "16"],
    ]
    for words in (make, ["train_classifier.py", f"--config_path={path}"]):
        subprocess.run(
            [sys.executable, str(ROOT / "scripts" / words[0]), *words[1:]],
            check=True,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
            timeout=600,
        )
    return output
