"""Files of an older LeRobot, and files meant for something else: what to do with each.

One table. Whoever reads a file asks `recognise` before it complains of keys, which would say what
is wrong but not why. What the answers name (modules, scripts, dataflows) a test looks up.
"""

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final

from dora_hil.config import ConfigError, value_at
from dora_hil.old_layouts import flat, sac, wrapper


class Reading(Enum):
    """What a file is read as."""

    ENVIRONMENT = auto()
    RECORDING = auto()
    EVALUATION = auto()
    TRAINING = auto()
    CLASSIFIER_TRAINING = auto()
    DATASET = auto()
    POLICY = auto()


@dataclass(frozen=True)
class Given:
    """What was found.

    Attributes:
        path: the file, or the folder of a dataset or a policy.
        raw: the JSON object in it; a dataset's `meta/info.json`, a policy's `config.json`.
        files: names of the files beside a policy's config.
    """

    path: Path
    raw: Mapping[str, Any]
    files: frozenset[str] = frozenset()

    def has(self, *names: str) -> bool:
        """Say whether any of these keys stands at the top."""
        return any(name in self.raw for name in names)

    def at(self, key: str) -> Any:
        """Return what stands at a key with dots, or None."""
        return value_at(self.raw, key)


@dataclass(frozen=True)
class Recognition:
    """A row of the table.

    Attributes:
        reading: what the file was taken for.
        looks_like: how it is told.
        answer: what it is, and which command or key puts it right.
    """

    reading: Reading
    looks_like: Callable[[Given], bool]
    answer: Callable[[Given], str]


def recognise(
    reading: Reading, path: Path, raw: Mapping[str, Any], files: frozenset[str] = frozenset()
) -> str | None:
    """Return what a file is and what to do with it, None where it is unknown; see `Given`."""
    given = Given(path, raw, files)
    rows = (row for row in TABLE if row.reading is reading and row.looks_like(given))
    return next((row.answer(given) for row in rows), None)


def refuse_recognised(reading: Reading, raw: Mapping[str, Any], source: str) -> None:
    """Refuse a config that is something else.

    Raises:
        ConfigError: says what it is, and which command or key puts it right.
    """
    answer = recognise(reading, Path(source), raw)
    if answer is not None:
        raise ConfigError(f"{source}: {answer}")


def _is_flat(given: Given) -> bool:
    names = ("wrapper", "features_map", "task", "fps", "pretrained_policy_name_or_path")
    return not given.has("env", "policy", "sim") and (
        given.has(*names) or given.at("robot.type") is not None
    )


def _converter(given: Given) -> str:
    version = str(given.raw["codebase_version"])
    is_oldest = not version.startswith("v2.1")
    first = " (a format before v2.1 needs LeRobot 0.3's converters first)" if is_oldest else ""
    return (
        f"the dataset has the format {version}; LeRobot's converter makes v3.0 of it and keeps the "
        "old one beside it: uv run python -m lerobot.scripts.convert_dataset_v21_to_v30 "
        f"--repo-id={given.path.parent.name}/{given.path.name} --root={given.path} "
        f"--push-to-hub=false{first}"
    )


_RECORDED: Final = {
    "repo_id": "dataset.repo_id",
    "root": "dataset.root",
    "task": "dataset.single_task",
    "num_episodes_to_record": "dataset.num_episodes",
}
"""What gym_manipulator's block `dataset` calls a recorder's keys."""


def _words(variable: str, values: Iterator[tuple[str, Any]]) -> str:
    words = [f"--{key}={value}" for key, value in values if value is not None]
    return f"{variable}={shlex.quote(' '.join(shlex.quote(word) for word in words))}"


def _recording(given: Given) -> str:
    known = ((_RECORDED[key], given.at(f"dataset.{key}")) for key in _RECORDED)
    said = f"; what it says of a dataset is {_words('RECORD_ARGS', known)}"
    return "is an environment JSON, to be given as ENV_CONFIG" + (
        said if given.at("dataset.repo_id") else ""
    )


def _evaluation(given: Given) -> str:
    path = given.at("policy.pretrained_path") or given.at("pretrained_policy_name_or_path")
    known = (("policy.path", path or "FOLDER"), ("eval.n_episodes", given.at("eval.n_episodes")))
    return (
        "is for LeRobot's own evaluation, with its environment in it: give that as ENV_CONFIG, and "
        f"the rest as {_words('EVAL_ARGS', iter(known))}"
    )


TABLE: Final = (
    Recognition(
        Reading.ENVIRONMENT,
        lambda given: given.has("policy", "algorithm"),
        lambda _: (
            "is a training config, to be given as TRAIN_CONFIG; an environment JSON has no policy: "
            "configs/gym_hil_env_train.json for instance"
        ),
    ),
    Recognition(
        Reading.ENVIRONMENT,
        lambda given: not given.has("env") and given.at("dataset.num_episodes") is not None,
        lambda _: "is a record config, to be given as RECORD_CONFIG",
    ),
    Recognition(
        Reading.ENVIRONMENT,
        _is_flat,
        lambda given: f"is LeRobot's flat layout, of before its block `env`: {flat(given.raw)}",
    ),
    Recognition(
        Reading.ENVIRONMENT,
        lambda given: given.at("env.wrapper") is not None,
        lambda given: f"env.wrapper is LeRobot 0.3's layout: {wrapper(given.at('env.wrapper'))}",
    ),
    Recognition(Reading.RECORDING, lambda given: given.has("env", "wrapper"), _recording),
    Recognition(Reading.EVALUATION, lambda given: given.has("env", "wrapper"), _evaluation),
    Recognition(
        Reading.TRAINING,
        lambda given: given.at("policy.type") == "sac",
        lambda given: sac(given.raw["policy"]),
    ),
    Recognition(
        Reading.TRAINING,
        lambda given: given.has("reward_model") or given.at("policy.type") == "reward_classifier",
        lambda given: (
            "trains a reward classifier: uv run dora-hil classifier train --config_path "
            f"{given.path}"
        ),
    ),
    Recognition(
        Reading.TRAINING,
        lambda given: given.has("env", "sim", "safety") and not given.has("policy"),
        lambda _: (
            "is an environment JSON, to be given as ENV_CONFIG; a training config has a policy: "
            "configs/train_gym_hil_state.json for instance"
        ),
    ),
    Recognition(
        Reading.TRAINING,
        lambda given: given.at("policy.type") not in (None, "gaussian_actor"),
        lambda given: (
            f"policy.type {given.at('policy.type')!r} learns from demonstrations alone: uv run "
            f"lerobot-train --config_path={given.path}; here it must be gaussian_actor, LeRobot's "
            "policy for SAC"
        ),
    ),
    Recognition(
        Reading.CLASSIFIER_TRAINING,
        lambda given: (
            not given.has("reward_model") and given.at("policy.type") == "reward_classifier"
        ),
        lambda _: (
            "the block `policy` was LeRobot's place for a reward classifier before 0.6: call it "
            "reward_model"
        ),
    ),
    Recognition(
        Reading.DATASET,
        lambda given: str(given.raw.get("codebase_version", "")).startswith(("v1", "v2")),
        _converter,
    ),
    Recognition(
        Reading.POLICY,
        lambda given: "adapter_config.json" in given.files,
        lambda given: (
            "is an adapter (PEFT), which holds only what was trained on top of "
            f"{given.at('base_model_name_or_path') or 'another policy'}, whose weights are "
            "missing. Merge it into them with PEFT's merge_and_unload, save the whole policy with "
            "its processors, and give that folder"
        ),
    ),
    Recognition(
        Reading.POLICY,
        lambda given: given.raw.get("type") == "sac",
        lambda _: (
            "is a policy of LeRobot's SAC of before 0.6, which it can no longer load: train it "
            "again (gaussian_actor), uv run dora run dataflow-train.yaml"
        ),
    ),
    Recognition(
        Reading.POLICY,
        lambda given: given.raw.get("type") == "reward_classifier",
        lambda given: (
            "is a reward classifier, no policy: it goes into "
            "env.processor.reward_classifier.pretrained_path of REWARD_CONFIG; how good it is says "
            f"uv run dora-hil classifier evaluate --classifier {given.path}"
        ),
    ),
    Recognition(
        Reading.POLICY,
        lambda given: (
            "model.safetensors" in given.files
            and not {"policy_preprocessor.json", "policy_postprocessor.json"} & given.files
        ),
        lambda given: (
            "was saved without processors, by a LeRobot of before 0.4: uv run python -m "
            "lerobot.processor.migrate_policy_normalization --pretrained-path "
            f"{given.path} writes {given.path.name}_migrated beside it, which has them"
        ),
    ),
)
