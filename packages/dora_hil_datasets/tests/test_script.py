"""What the scripts about a dataset have in common."""

from collections.abc import Callable
from pathlib import Path

import pytest
from lerobot.utils.constants import HF_LEROBOT_HOME

from dora_hil.errors import UserError
from dora_hil_datasets.script import dataset_arguments, dataset_root, run_script


def test_a_root_is_taken_without_its_links(tmp_path: Path) -> None:
    """An edited dataset takes the place of the dataset, not of a link to it."""
    (tmp_path / "link").symlink_to(tmp_path / "data")
    words = ["--repo_id", "me/data", "--root", str(tmp_path / "link")]
    assert dataset_root(dataset_arguments("script", "").parse_args(words)) == tmp_path / "data"


def test_without_a_root_it_is_where_lerobot_keeps_datasets() -> None:
    """As in LeRobot's own commands."""
    args = dataset_arguments("script", "").parse_args(["--repo_id", "me/data"])
    assert dataset_root(args) == (HF_LEROBOT_HOME / "me/data").resolve()


def test_a_missing_name_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """With where to read more."""
    with pytest.raises(SystemExit):
        dataset_arguments("script", "").parse_args([])
    assert capsys.readouterr().err == (
        "script: the following arguments are required: --repo_id; see script --help\n"
    )


def fail(error: BaseException) -> Callable[[], None]:
    """Return a main function that fails."""

    def main() -> None:
        raise error

    return main


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (UserError("no such thing"), "script: no such thing"),
        (OSError(28, "No space left on device", "/data/x"), "script: /data/x: No space left"),
        (KeyboardInterrupt(), "\nscript: interrupted; nothing is lost"),
    ],
)
def test_what_goes_wrong_is_one_line_and_an_exit_code(error: BaseException, expected: str) -> None:
    """`sys.exit` with a text prints it, and exits with 1."""
    with pytest.raises(SystemExit) as ended:
        run_script("script", fail(error))
    assert str(ended.value.code).startswith(expected)


def test_a_defect_of_ours_keeps_its_traceback() -> None:
    """It is to be reported."""
    with pytest.raises(ZeroDivisionError):
        run_script("script", fail(ZeroDivisionError()))
