"""What the commands about a dataset have in common."""

import argparse
from pathlib import Path

from lerobot.utils.constants import HF_LEROBOT_HOME

from dora_hil.arguments import NodeArguments
from dora_hil_datasets.arguments import dataset_arguments, dataset_root


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
