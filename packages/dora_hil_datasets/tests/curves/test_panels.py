"""The table of panels."""

from pathlib import Path

from trainings import episode, write_training, write_whole_training

from dora_hil_datasets.curves.panels import PANELS
from dora_hil_datasets.curves.training import TrainingCurves


def test_a_panel_that_only_one_training_has_figures_for_is_drawn(tmp_path: Path) -> None:
    """The other one has no discrete critic, for instance."""
    bare = TrainingCurves(write_training(tmp_path / "bare", [episode(1.0, 10)]))
    whole = TrainingCurves(write_whole_training(tmp_path / "whole"))
    assert not PANELS[0].has_values([bare])
    assert PANELS[0].has_values([bare, whole])
