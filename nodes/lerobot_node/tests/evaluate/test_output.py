"""The folder that an evaluation writes its results into."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from lerobot_node.evaluate.output import OutputError, OutputFolder
from lerobot_node.evaluate.result import Evaluation

NOW = datetime(2026, 3, 4, 5, 6, 7)
EVALUATION = Evaluation({"body": "fake"}, [3], [EpisodeRecord(0, 5, seed=3)], [])


def test_a_folder_that_nobody_names_has_the_time_and_the_policys_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As LeRobot's own evaluation names it."""
    monkeypatch.chdir(tmp_path)
    assert OutputFolder(None, "act", NOW).path == Path("outputs/eval/2026-03-04/05-06-07_act")
    assert (tmp_path / "outputs/eval/2026-03-04/05-06-07_act").is_dir()


def test_results_are_written_as_json_and_as_text(tmp_path: Path) -> None:
    """One for programs, one for people."""
    folder = OutputFolder(tmp_path / "deep/down", "act", NOW)
    folder.write(EVALUATION, ["success 0%", "", "episode  seed"])
    results = json.loads((tmp_path / "deep/down/results.json").read_text())
    assert results["episodes"][0]["seed"] == 3
    assert (tmp_path / "deep/down/results.txt").read_text() == "success 0%\n\nepisode  seed\n"


def test_results_that_are_there_are_not_written_over(tmp_path: Path) -> None:
    """They may have taken hours."""
    OutputFolder(tmp_path, "act", NOW).write(EVALUATION, [])
    before = (tmp_path / "results.json").read_text()
    with pytest.raises(OutputError, match="holds the results of an evaluation already; give ano"):
        OutputFolder(tmp_path, "act", NOW)
    assert (tmp_path / "results.json").read_text() == before


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_place_that_cannot_be_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    """A file is in the way; known before the work."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=rf"eval\.output_dir: .*{name}: ") as error:
        OutputFolder(tmp_path / name, "act", NOW)
    assert "\n" not in str(error.value)


def test_results_that_cannot_be_written_in_the_end_are_one_line(tmp_path: Path) -> None:
    """What was said at the terminal is not lost by it."""
    folder = OutputFolder(tmp_path, "act", NOW)
    (tmp_path / "results.json").mkdir()
    with pytest.raises(OutputError, match=r"eval\.output_dir: .*: Is a directory"):
        folder.write(EVALUATION, [])


def test_at_the_end_it_is_said_what_it_came_to_and_how_to_look_at_it(tmp_path: Path) -> None:
    """In one line, by a command that can be pasted."""
    folder = OutputFolder(tmp_path / "an eval", "act", NOW)
    records = [EpisodeRecord(i, 5, seed=i, success=i > 0) for i in range(4)]
    line = (
        "success 75%: 3 of 4 episodes, 95 % interval 30% to 95% (Wilson); every episode: "
        f"cat '{tmp_path}/an eval/results.txt'"
    )
    assert folder.outcome(records, 4) == line
    assert folder.outcome(records, 10) == f"4 of 10 episodes were evaluated; {line}"
    assert (
        folder.outcome([], 10) == "None of 10 episodes was evaluated; the same command begins anew"
    )
