"""What the commands about a dataset have in common."""

import argparse
import re
from pathlib import Path

import pytest
from lerobot.utils.constants import HF_LEROBOT_HOME

from dora_hil.arguments import NodeArguments
from dora_hil_datasets.arguments import dataset_arguments, dataset_root, indices


def parsed(*words: str) -> argparse.Namespace:
    """Return a parsed command line."""
    parser = NodeArguments("command", "")
    dataset_arguments(parser)
    return parser.parse_args(words)


def test_a_root_is_taken_without_its_links(tmp_path: Path) -> None:
    """An edited dataset takes the place of the dataset, not of a link to it."""
    (tmp_path / "link").symlink_to(tmp_path / "data")
    args = parsed("--repo_id", "me/data", "--root", str(tmp_path / "link"))
    assert dataset_root(args) == tmp_path / "data"


def test_without_a_root_it_is_where_lerobot_keeps_datasets() -> None:
    """As in LeRobot's own commands."""
    assert dataset_root(parsed("--repo_id", "me/data")) == (HF_LEROBOT_HOME / "me/data").resolve()


@pytest.mark.parametrize("text", ["[41,42]", "41,42", " [ 41 , 42 ] "])
def test_a_list_of_episodes_is_read_with_both_brackets_or_none(text: str) -> None:
    """As a shell leaves it."""
    assert indices(text) == [41, 42]


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "[1;2]", "one", "[a]", "[1.5]", "[true]", "[0", "0]", "[0,", "[0]]", "[[0]"),
        *("[0 1]", "[0,,1]", "[1_2]"),
    ],
)
def test_what_is_no_list_of_episodes_is_refused(text: str) -> None:
    """With an example of one."""
    said = re.escape(f"{text!r} is not a list of episode indices such as [41,42]")
    with pytest.raises(argparse.ArgumentTypeError, match=said):
        indices(text)
