"""Relabelling a dataset, with the script's own arguments."""

import json
from pathlib import Path

import lamps
import pytest
from harness import command
from lerobot.datasets import LeRobotDataset

from dora_hil.errors import UserError

main = command("relabel")


@pytest.fixture
def late(tmp_path: Path) -> Path:
    """Record three episodes whose button came two, one and three frames late."""
    root = tmp_path / "late"
    lamps.write(root, [3, 5, 4, None], rewarded_from=[4, 5, 6, None])
    return root


@pytest.fixture
def lamp_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the lamp itself be the classifier; a trained one is tested beside its class."""
    import lerobot_node.reward.classifier as module

    monkeypatch.setattr(module, "RewardClassifier", lambda _path: lamps.LampJudge())


def words(late: Path, *others: str) -> list[str]:
    """Return a command line."""
    new_root = late.with_name("new")
    return [
        f"--repo_id={lamps.REPO_ID}",
        f"--root={late}",
        f"--new_root={new_root}",
        "--classifier=anything",
        *others,
    ]


@pytest.mark.usefixtures("lamp_judge")
def test_the_true_onset_is_restored_and_the_report_says_by_how_much(
    late: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each episode ends with the frame that lights the lamp."""
    main(words(late))
    new = late.with_name("new")
    dataset = LeRobotDataset(lamps.REPO_ID, root=new)
    assert [int(n) for n in dataset.meta.episodes["length"]] == [3, 5, 4, 8]
    ends = [2, 7, 11]
    rewards = [float(dataset[i]["next.reward"]) for i in range(len(dataset))]
    assert [i for i, reward in enumerate(rewards) if reward] == ends
    said = capsys.readouterr().out
    assert "the onset of success moved by -2 frames in the median (-3 to -1, 3 episodes)" in said
    told = json.loads((new / "meta/dora_hil_relabelled.json").read_text())
    assert [e["onset_moved"] for e in told["by_episode"]] == [-2, -1, -3, None]


@pytest.mark.usefixtures("lamp_judge")
def test_nothing_is_cut_where_the_length_is_to_be_kept(late: Path) -> None:
    """Every frame behind the success is one."""
    main(words(late, "--keep_length", "--success_reward=2"))
    dataset = LeRobotDataset(lamps.REPO_ID, root=late.with_name("new"))
    assert [float(dataset[i]["next.reward"]) for i in range(8)] == [0, 0, 2, 2, 2, 2, 2, 2]


def test_a_folder_that_is_there_is_refused_before_anything_is_loaded(late: Path) -> None:
    """Nothing is looked at in vain."""
    late.with_name("new").mkdir()
    with pytest.raises(UserError, match="is there already"):
        main(words(late))


def test_a_missing_classifier_is_one_line(late: Path) -> None:
    """And no new folder."""
    with pytest.raises(UserError, match="there is no classifier here"):
        main(words(late))
    assert not late.with_name("new").exists()
