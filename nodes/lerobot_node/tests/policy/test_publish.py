"""A policy on its way to the Hub."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import small_policy
from fake_hub import FakeHub, connected

from dora_hil.stream.spec import StreamSpec
from lerobot_node.policy.checkpoint import Checkpoint
from lerobot_node.policy.origin import FILE as ORIGIN
from lerobot_node.policy.publish import Publication, PublishError

REPO_ID = "somebody/policy"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """Return a Hub, and be logged in."""
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    fake = FakeHub(REPO_ID, "models")
    with connected(fake):
        yield fake


@pytest.fixture
def trained(tmp_path: Path, spec: StreamSpec, written: Path) -> Path:
    """Return a policy as a training leaves it: only its config knows where the dataset is."""
    blind = {name: c for name, c in spec.columns.items() if "images" not in name}
    stats = json.loads((written / "meta/stats.json").read_text())
    root = small_policy.write(
        tmp_path / "policy",
        replace(spec, columns=blind),
        has_origin=False,
        stats=stats,
        dim_model=16,
    )
    training = {
        "dataset": {"repo_id": "somebody/recording", "root": str(written)},
        "steps": 100,
        "optimizer": {"type": "adamw", "lr": 3e-4},
    }
    (root / "train_config.json").write_text(json.dumps(training))
    (root / "notes.txt").write_text("not to be uploaded")
    return root


def uploaded(hub: FakeHub) -> dict[str, bytes]:
    """Return the files that the Hub has now."""
    assert hub.files is not None
    return dict(hub.files)


def publication(root: Path, *tags: str, private: bool | None = None) -> Publication:
    """Return a policy that is to be published."""
    return Publication(Checkpoint.find(str(root)), REPO_ID, private, tags)


def test_the_policy_goes_with_processors_card_and_training_config(
    trained: Path, hub: FakeHub
) -> None:
    """Byte for byte; nothing else that lies there."""
    publication(trained).upload()
    files = uploaded(hub)
    for added in ("README.md", ORIGIN):
        del files[added]
    left = {path.name: path.read_bytes() for path in trained.iterdir()}
    assert left.pop("notes.txt")
    assert {"model.safetensors", "policy_preprocessor.json"} < set(files)
    assert files == left


def test_what_is_uploaded_can_be_checked_against_a_body_without_the_dataset(
    trained: Path, written: Path, hub: FakeHub, tmp_path: Path
) -> None:
    """On a machine that has nothing but the repository."""
    publication(trained).upload()
    downloaded = tmp_path / "elsewhere"
    downloaded.mkdir()
    for name, content in uploaded(hub).items():
        (downloaded / name).write_bytes(content)
    (downloaded / "train_config.json").unlink()
    origin = Checkpoint.find(str(downloaded)).origin
    assert origin is not None
    info = json.loads((written / "meta/info.json").read_text())
    assert origin.info == {**info, "tasks": ["pick"]}


def test_a_policy_that_was_downloaded_is_published_with_what_came_along(
    trained: Path, hub: FakeHub
) -> None:
    """Its dataset was never on this disk."""
    info = {"fps": 30, "features": {"action": {"dtype": "float32", "shape": [4], "names": None}}}
    (trained / ORIGIN).write_text(json.dumps(info))
    publication(trained).upload()
    assert json.loads(uploaded(hub)[ORIGIN]) == info


def test_without_its_dataset_a_policy_is_published_with_a_warning(
    trained: Path, hub: FakeHub, caplog: pytest.LogCaptureFixture
) -> None:
    """It says what whoever evaluates it has to do."""
    (trained / "train_config.json").unlink()
    publication(trained).upload()
    assert ORIGIN not in uploaded(hub)
    assert "A LeRobot policy of the type `act`." in uploaded(hub)["README.md"].decode()
    assert "has to name its action_space" in caplog.text


def test_the_card_has_the_hubs_metadata_and_says_what_the_policy_sees(trained: Path) -> None:
    """Type, tags, dataset, columns and settings."""
    text = publication(trained, "franka").card()
    _, metadata, body = text.split("---\n", 2)
    for line in ("library_name: lerobot", "- act\n- franka\n", "datasets: somebody/recording"):
        assert line in metadata
    for line in (
        "| `observation.environment_state` | ENV | [3] |",
        "| `action` | ACTION | [4] |",
        "- episodes: 3, frames: 9",
        "- rate: 10 Hz",
        "- learning rate: 0.0003",
        f"`lerobot-node eval --policy.path={REPO_ID}`",
    ):
        assert line in body


@pytest.mark.parametrize(("private", "expected"), [(True, "private"), (None, None)])
def test_it_is_private_where_that_was_asked_for(
    trained: Path, hub: FakeHub, private: bool | None, expected: str | None
) -> None:
    """Else the Hub decides."""
    publication(trained, private=private).upload()
    assert hub.visibility == expected


@pytest.mark.parametrize("repo_id", ["policy", "a/b/c", "somebody/-policy", "some body/policy"])
def test_a_name_that_the_hub_does_not_accept_is_refused(trained: Path, repo_id: str) -> None:
    """Before anything is sent."""
    with pytest.raises(PublishError) as error:
        Publication(Checkpoint.find(str(trained)), repo_id)
    assert repo_id in str(error.value)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (httpx.Response(401), "not logged in with a token that may write there"),
        (httpx.ConnectError("no route"), "the Hub cannot be reached: no route"),
        (httpx.Response(400, text="bad\nluck"), "Bad request"),
    ],
)
def test_what_goes_wrong_is_one_line(
    trained: Path, hub: FakeHub, answers: httpx.Response | Exception, expected: str
) -> None:
    """With what to do about it."""
    hub.answers = answers
    with pytest.raises(PublishError) as error:
        publication(trained).upload()
    assert str(error.value).startswith(f"{REPO_ID} was not uploaded: ")
    assert expected in str(error.value)
    assert "\n" not in str(error.value)
