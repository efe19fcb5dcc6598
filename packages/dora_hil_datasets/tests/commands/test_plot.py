"""`dora-hil plot`, as it is called."""

import signal
import subprocess
from pathlib import Path

import pytest
from harness import BIN, called, command, interruptible
from trainings import Row, episode, write_lines, write_training

from dora_hil_datasets.curves.training import ACTOR

main = command("plot")


def successes(count: int) -> list[Row]:
    """Return so many episodes of ten steps; of no other figure, so that drawing takes no time."""
    return [
        episode(100.0 + n, 10 * n, success=True, length=10, wall_s=float(n))
        for n in range(1, count + 1)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a training."""
    return write_training(tmp_path / "run", successes(6))


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return where the picture goes."""
    return tmp_path / "pictures" / "training.png"


def test_a_picture_is_written_and_what_is_on_it_is_said(
    folder: Path, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each training in a line."""
    main([str(folder), f"--output={output}"])
    assert output.read_bytes().startswith(b"\x89PNG")
    assert capsys.readouterr().out == f"{output}:\n  run: 6 episodes, 60 steps, 0.1 min\n"


def test_the_picture_goes_to_outputs_by_default(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where everything else goes."""
    monkeypatch.chdir(tmp_path)
    main([str(folder)])
    assert (tmp_path / "outputs/training.png").exists()


def test_seeds_of_a_condition_are_one_curve(folder: Path, output: Path, tmp_path: Path) -> None:
    """Their mean and range."""
    more = write_training(tmp_path / "more", successes(3))
    output = output.with_suffix(".svg")
    main([f"two seeds={folder},{more}", "--by", "time", f"--output={output}"])
    assert "two seeds" in output.read_text()


def test_a_pdf_is_written_without_a_word_about_fonts(folder: Path, output: Path) -> None:
    """The library that embeds them tells every step of it."""
    run = called("plot", folder, "--output", output.with_suffix(".pdf"))
    assert (run.returncode, run.stderr) == (0, "")


def test_no_display_is_needed(folder: Path, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is there one over SSH; a window toolkit that was asked for elsewhere is not loaded."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("MPLBACKEND", "TkAgg")
    main([str(folder), f"--output={output}"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "--output=p.gif"], "'p.gif' does not end in .png, .svg, .pdf"),
        (["run", "--by=episodes"], "invalid choice: 'episodes'"),
        (["run", "--watch=0"], "0 is not 0.1 or more"),
        (["run", "--mean_over=0"], "0 is not 1 or more"),
        ([], "the following arguments are required"),
    ],
)
def test_a_bad_option_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    """Before anything is read."""
    with pytest.raises(SystemExit) as ending:
        main(words)
    said = capsys.readouterr().err
    assert ending.value.code == 2
    assert message in said
    assert said.count("\n") == 1


def test_a_watched_training_is_drawn_again_until_ctrl_c(tmp_path: Path, output: Path) -> None:
    """From before its first episode on; the exit code is 0."""
    folder = tmp_path / "run"
    folder.mkdir()
    watching = [str(BIN / "dora-hil"), "plot", str(folder), f"--output={output}", "--watch=0.1"]
    with interruptible():
        watch = subprocess.Popen(watching, stdout=subprocess.PIPE, text=True)
    with watch:
        try:
            assert watch.stdout is not None
            assert "no episode yet" in watch.stdout.readline()
            for line in successes(2):
                write_lines(folder / ACTOR, [line])
                assert watch.stdout.readline() == f"{output}:\n"
                assert f" {line['Interaction step']} steps" in watch.stdout.readline()
                assert output.exists()
            watch.send_signal(signal.SIGINT)
            assert watch.wait(60) == 0
        finally:
            watch.kill()
