"""Saying by hand where success begins, with the script's own arguments."""

import socket
import threading
import time
import urllib.request
from pathlib import Path

import lamps
import pytest
from harness import command
from lerobot.datasets import LeRobotDataset

from dora_hil.errors import UserError

main = command("label")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Record two episodes of six frames; only the first was rewarded."""
    folder = tmp_path / "data"
    lamps.write(folder, [3, 2], length=6, rewarded_from=[4, None])
    return folder


def words(root: Path, *others: str) -> list[str]:
    """Return a command line."""
    return [f"--repo_id={lamps.REPO_ID}", f"--root={root}", f"--new_root={root}_new", *others]


def rewards(root: Path) -> list[float]:
    """Return all rewards of the new dataset."""
    dataset = LeRobotDataset(lamps.REPO_ID, root=f"{root}_new")
    return [float(dataset[i]["next.reward"]) for i in range(len(dataset))]


def test_onsets_from_the_command_line_are_written(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The episode that is not named keeps its labels."""
    main(words(root, "--set=1=2"))
    assert rewards(root) == [0, 0, 0, 0, 1, 1, 0, 1, 1, 1, 1, 1]
    said = capsys.readouterr().out
    assert "episode 1: success from none is now from 2" in said
    assert "1 of 2 episodes labelled anew" in said


@pytest.mark.parametrize(
    ("onsets", "said"),
    [("7=1", "there is no episode 7"), ("0=9", "expected 1 to 6"), ("0", "such as 0=17,3=none")],
)
def test_what_an_episode_cannot_have_is_one_line(root: Path, onsets: str, said: str) -> None:
    """And nothing is written."""
    with pytest.raises(UserError, match=said):
        main(words(root, f"--set={onsets}"))
    assert not Path(f"{root}_new").exists()


def test_a_person_on_the_page_writes_with_a_press(
    root: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is printed; the script ends when the dataset is written."""
    printed: list[str] = []
    monkeypatch.setattr("builtins.print", lambda *parts, **_options: printed.append(str(parts[0])))

    def press() -> None:
        while not printed:
            time.sleep(0.05)
        address = printed[0].split()[0]
        for path, body in (("onset", b'{"episode": 0, "onset": 3}'), ("write", b"")):
            request = urllib.request.Request(f"{address}/{path}", data=body)
            urllib.request.urlopen(request, timeout=10).read()

    person = threading.Thread(target=press)
    person.start()
    main(words(root, "--no_open"))
    person.join()
    assert rewards(root)[:6] == [0, 0, 1, 1, 1, 1]


def test_a_port_that_is_taken_is_one_line(root: Path) -> None:
    """By its option."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"--port {port}: "):
            main(words(root, "--no_open", f"--port={port}"))
