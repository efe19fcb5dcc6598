"""Publishing a policy."""

import re
from pathlib import Path

import huggingface_hub
import pytest
import small_policy
from harness import command

from dora_hil.errors import UserError
from dora_hil.stream.spec import ColumnSpec, StreamSpec, ee_action_columns

main = command("publish")


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test reach the Hub."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a small policy as the last checkpoint of a training; return the training's folder."""
    spec = StreamSpec(
        task="pick",
        body="hand_made",
        action_spaces=("ee_absolute",),
        columns={
            "observation.state": ColumnSpec((2,), ("a", "b")),
            "observation.environment_state": ColumnSpec((3,), ("x", "y", "z")),
            **ee_action_columns(),
        },
    )
    training = tmp_path_factory.mktemp("training")
    small_policy.write(training / "checkpoints/last/pretrained_model", spec)
    return training


def words(policy: Path, *others: str) -> list[str]:
    """Return a command line."""
    return [f"--policy_path={policy}", "--repo_id=me/pick", *others]


def test_a_dry_run_shows_files_sizes_and_card_without_a_network(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The dataset's description among them."""
    main(words(policy, "--dry_run", "--tags=franka,pick"))
    said = capsys.readouterr().out
    for name in ("model.safetensors", "policy_preprocessor.json", "dora_hil_dataset.json"):
        assert re.search(rf"^ +\d+\.\d{{3}} MB  {re.escape(name)}$", said, re.MULTILINE)
    assert "- act\n- franka\n- pick\n" in said


def test_without_the_hub_it_is_one_line(policy: Path) -> None:
    """It names the policy and the reason."""
    with pytest.raises(UserError) as error:
        main(words(policy))
    assert str(error.value) == "me/pick was not uploaded: HF_HUB_OFFLINE is set"


def test_a_folder_that_is_not_there_is_not_looked_for_on_the_hub() -> None:
    """A mistyped path looks like a repository's name."""
    with pytest.raises(UserError, match="me/polcy: there is no such folder"):
        main(["--policy_path=me/polcy", "--repo_id=me/pick"])
