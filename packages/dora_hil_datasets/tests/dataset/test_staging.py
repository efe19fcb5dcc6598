"""How an episode becomes part of a dataset, with a crash at every step of it."""

import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from unittest.mock import Mock

import pytest
import recordings

from dora_hil_datasets.dataset.opening import RecordingFolder
from dora_hil_datasets.dataset.staging import Found, Staging

RENAMES = 8
"""The marker, a video, data, statistics, tasks, records, `meta/episodes` and info."""


class Crash(BaseException):
    """Stands for the end of the process: nothing may catch it."""


def crash_at(monkeypatch: pytest.MonkeyPatch, rename: int) -> None:
    """Let the process end right before its nth rename."""
    replace = Path.replace
    done: list[Path] = []

    def crashing(self: Path, target: Path) -> Path:
        if len(done) == rename:
            raise Crash
        done.append(target)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", crashing)


def crash_while_saving(root: Path, monkeypatch: pytest.MonkeyPatch, rename: int) -> None:
    """Add an episode of five frames, up to a rename."""
    with monkeypatch.context() as patch:
        crash_at(patch, rename)
        with pytest.raises(Crash):
            recordings.write(root, [5])


@pytest.mark.parametrize("rename", range(RENAMES))
def test_after_a_crash_at_any_rename_what_was_complete_is_kept_and_the_rest_dropped(
    dataset: Path, monkeypatch: pytest.MonkeyPatch, rename: int
) -> None:
    """LeRobot reads it without any repair: the episodes that were reported, every frame of them.

    From the marker on the episode is safe once the folder is opened; recording goes on behind it.
    """
    crash_while_saving(dataset, monkeypatch, rename)
    assert recordings.read_back(dataset) == [3, 2, 4]
    with closing(RecordingFolder(dataset, resume=True)) as folder:
        assert folder.existing is not None
        expected = (3, 2, 4, 5) if rename > 0 else (3, 2, 4)
        assert folder.existing.lengths == expected
        assert [r.seed for r in folder.existing.records] == [100, 101, 102, 103][: len(expected)]
    recordings.write(dataset, [2])
    assert recordings.read_back(dataset) == [*expected, 2]


@pytest.mark.parametrize("rename", range(RENAMES))
def test_a_crash_in_the_first_save_ever_is_repaired_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rename: int
) -> None:
    """There is no dataset before, and a whole one or none after."""
    root = tmp_path / "data"
    crash_while_saving(root, monkeypatch, rename)
    with closing(RecordingFolder(root, resume=True)) as folder:
        lengths = folder.existing.lengths if folder.existing else ()
        assert lengths == ((5,) if rename > 0 else ())
    assert root.exists() == (rename > 0)


def test_a_crash_while_the_staging_folder_is_removed_is_no_loss(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All files are in the dataset by then."""
    with monkeypatch.context() as patch:
        # An episode begins with a folder that is cleared, too.
        patch.setattr(Staging, "clear", Mock(side_effect=[None, Crash]))
        with pytest.raises(Crash):
            recordings.write(dataset, [5])
    assert Staging(dataset).find() is Found.COMPLETE
    with closing(RecordingFolder(dataset, resume=True)) as folder:
        assert folder.existing is not None
        assert folder.existing.lengths == (3, 2, 4, 5)
    assert recordings.read_back(dataset) == [3, 2, 4, 5]


@pytest.mark.slow
def test_a_save_is_on_the_disk_before_it_is_reported(tmp_path: Path) -> None:
    """Under strace: every file and every folder of it has been forced out of the page cache."""
    trace = tmp_path / "trace"
    root = tmp_path / "data"
    script = (
        "import sys, pathlib; sys.path.insert(0, sys.argv[2]); import recordings\n"
        "root = pathlib.Path(sys.argv[1])\n"
        "for k in range(2):\n"
        "    recordings.write(root, [3]); print('REPORTED', k, flush=True)\n"
    )
    calls = "fsync,fdatasync,rename,renameat,renameat2,write,pwrite64,openat,mkdir"
    strace = ["strace", "--seccomp-bpf", "-f", "-y", "-qq", "-e", f"trace={calls}", "-o"]
    subprocess.run(
        [
            *strace,
            trace,
            sys.executable,
            "-c",
            script,
            str(root),
            str(Path(recordings.__file__).parent),
        ],
        check=True,
        capture_output=True,
    )
    reports = _check_trace(trace.read_text(errors="replace").splitlines(), root)
    assert [len(files) for files in reports] == [7, 7]


def _check_trace(lines: list[str], root: Path) -> list[set[str]]:
    """Return the files that became part of the dataset before each report.

    Raises:
        AssertionError: one of them, or its folder, was not forced to the disk in time.
    """
    clean: set[str] = set()
    renamed: set[str] = set()
    reports: list[set[str]] = []
    for line in lines:
        path = re.search(r"\(\d+<([^>]*)>", line)
        if re.search(r"^\d+ +p?write", line):
            if path and path[1].startswith(str(root)):
                clean.discard(path[1])
            if '"REPORTED' in line:
                folders = {str(Path(name).parent) for name in renamed}
                assert folders <= clean, folders - clean
                reports.append(renamed)
                renamed = set()
        elif re.search(r"^\d+ +f(data)?sync\(", line) and path:
            clean.add(path[1])
        elif re.search(r"^\d+ +rename", line):
            old, new = re.findall(r'"([^"]*)"', line)
            if not new.startswith(str(root)) or "/.recording/tmp" in old:
                continue
            assert old in clean, f"{old} was moved before it was on the disk"
            clean.discard(str(Path(new).parent))
            if "/.recording/" not in new:
                renamed.add(new)
    return reports
