"""The table of panels."""

from pathlib import Path

import pytest
from trainings import episode, write_training, write_whole_training

from dora_hil_datasets.curves.panels import PANELS, Panel
from dora_hil_datasets.curves.training import TrainingCurves


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel.title))
def test_every_panel_finds_its_figures(tmp_path: Path, panel: Panel) -> None:
    """Under the names that actor and learner give them."""
    training = TrainingCurves(write_whole_training(tmp_path))
    assert all(pick(training).values.size for pick in panel.figures.values())
    assert panel.has_values([training])


def test_a_panel_that_only_one_training_has_figures_for_is_drawn(tmp_path: Path) -> None:
    """The other one has no discrete critic, for instance."""
    bare = TrainingCurves(write_training(tmp_path / "bare", [episode(1.0, 10)]))
    whole = TrainingCurves(write_whole_training(tmp_path / "whole"))
    assert not PANELS[0].has_values([bare])
    assert PANELS[0].has_values([bare, whole])
