"""A policy's page on the Hub."""

from collections.abc import Iterator, Sequence
from typing import Any

from huggingface_hub import ModelCardData

from lerobot_node.policy import origin
from lerobot_node.policy.checkpoint import TRAINING, Checkpoint

LICENSE = "apache-2.0"
"""What LeRobot takes where the policy does not say."""


def card(checkpoint: Checkpoint, repo_id: str, tags: Sequence[str]) -> str:
    """Return the text of a policy's page, with the Hub's metadata on top.

    Written from the files beside the policy alone: LeRobot's own card needs the Hub to be made,
    the weights to be loaded, and a real robot to be run on.
    """
    file = checkpoint.path / TRAINING
    training = origin.read_object(file) if file.is_file() else {}
    kind = checkpoint.config["type"]
    trained_on = (training.get("dataset") or {}).get("repo_id")
    data = ModelCardData(
        license=checkpoint.config.get("license") or LICENSE,
        library_name="lerobot",
        pipeline_tag="robotics",
        tags=["robotics", "lerobot", kind, *tags],
        datasets=trained_on,
    )
    lines = [
        f"---\n{data.to_yaml()}\n---\n",
        f"# {repo_id.split('/')[-1]}\n",
        f"A LeRobot policy of the type `{kind}`.\n",
        "## Inputs and outputs\n",
        *_features(checkpoint.config),
        "\n## Training\n",
        *_dataset(checkpoint, trained_on),
        *_settings(training),
        "\n## Use\n",
        "As any LeRobot policy, with its processors:",
        f"`lerobot-rollout --policy.path={repo_id}` on a robot,",
        f"`lerobot-node eval --policy.path={repo_id}` in a dora-hil dataflow.",
    ]
    if checkpoint.origin is not None:
        lines.append(
            f"`{origin.FILE}` describes the columns and the rate of the dataset: dora-hil refuses "
            "a body that does not have them."
        )
    return "\n".join(lines) + "\n"


def _features(config: dict[str, Any]) -> Iterator[str]:
    rows = [("Feature", "Type", "Shape"), ("---", "---", "---")]
    for direction in ("input_features", "output_features"):
        for name, feature in (config.get(direction) or {}).items():
            rows.append((f"`{name}`", feature["type"], str(feature["shape"])))
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _dataset(checkpoint: Checkpoint, repo_id: str | None) -> Iterator[str]:
    if repo_id is not None:
        yield f"- dataset: [{repo_id}](https://huggingface.co/datasets/{repo_id})"
    if checkpoint.origin is not None:
        info = checkpoint.origin.info
        if "total_episodes" in info:
            yield f"- robot: `{info.get('robot_type')}`"
            yield f"- episodes: {info['total_episodes']}, frames: {info.get('total_frames')}"
        yield f"- rate: {info['fps']} Hz"


def _settings(training: dict[str, Any]) -> Iterator[str]:
    optimizer = training.get("optimizer") or {}
    settings = {
        "steps of the whole training": training.get("steps"),
        "batch size": training.get("batch_size"),
        "learning rate": optimizer.get("lr"),
        "seed": training.get("seed"),
    }
    for name, value in settings.items():
        if value is not None:
            yield f"- {name}: {value}"
