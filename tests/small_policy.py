"""Tiny untrained policies, saved as LeRobot saves them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from lerobot.configs import FeatureType, PolicyFeature, PreTrainedConfig
from lerobot.policies import PreTrainedPolicy, make_pre_post_processors
from lerobot.policies.act.modeling_act import ACTPolicy
from lerobot.policies.gaussian_actor.configuration_gaussian_actor import GaussianActorConfig
from lerobot.policies.gaussian_actor.modeling_gaussian_actor import GaussianActorPolicy
from lerobot.policies.smolvla.configuration_smolvla import SmolVLAConfig
from lerobot.policies.smolvla.modeling_smolvla import SmolVLAPolicy
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import (
    AutoConfig,
    PreTrainedTokenizerFast,
    SmolVLMImageProcessor,
    SmolVLMProcessor,
)
from transformers.models.smolvlm.video_processing_smolvlm import SmolVLMVideoProcessor

from dora_hil.stream.actions import ActionSpace
from dora_hil.stream.spec import StreamSpec
from dora_hil_datasets.dataset.features import Features, dataset_features

ABOUT_HOME = (0.4, 0.0, 0.2, 1.0)
"""Where the ACT's actions lie, within some centimetres: x, y, z in m, gripper open."""

_IMAGE_TOKENS = {
    "fake_image_token": "<fake_token_around_image>",
    "image_token": "<image>",
    "global_image_token": "<global-img>",
    "end_of_utterance_token": "<end_of_utterance>",
}

GRIPPER_CLASS = 2
"""What the Gaussian actor's gripper does at every step: it opens."""


def write(
    root: Path,
    spec: StreamSpec,
    *,
    space: ActionSpace = ActionSpace.EE_ABSOLUTE,
    fps: int = 10,
    has_origin: bool = True,
    about: Sequence[float] = ABOUT_HOME,
    stats: Mapping[str, Mapping[str, Any]] | None = None,
    kind: type[ACTPolicy] = ACTPolicy,
    **config: Any,
) -> Path:
    """Save an ACT for a body with a camera or a block; returns the folder.

    Args:
        root: a new folder.
        spec: of the body.
        space: the action space it was trained in.
        fps: the rate it was trained at.
        has_origin: whether the training dataset's info stands beside it.
        about: where its actions lie, one per number.
        stats: those of its dataset, in place of ours, of the features that are in there.
        kind: a plugin's, in place of LeRobot's.
        config: keys of `ACTConfig`.
    """
    features = dataset_features(spec, space, video=True)
    keys: dict[str, Any] = {
        "chunk_size": 10,
        "n_action_steps": 5,
        "dim_model": 32,
        "n_heads": 2,
        "dim_feedforward": 32,
        "n_encoder_layers": 1,
        "use_vae": False,
        "pretrained_backbone_weights": None,
        "device": "cpu",
        **config,
    }
    (length,) = features["action"]["shape"]
    act_config = kind.config_class(
        input_features=_inputs(features), output_features=_action(length), **keys
    )
    torch.manual_seed(0)
    mean = torch.tensor(about)
    action = {"mean": mean, "std": torch.full((length,), 0.01)}
    _save(root, kind(act_config), act_config, {"action": action, **(stats or {})})
    if has_origin:
        _write_origin(root, features, fps)
    return root


def write_gaussian_actor(root: Path, spec: StreamSpec) -> Path:
    """Save a policy that samples its motion and has a class for its gripper; returns the folder.

    Its delta actions lie in [-0.5, 0.5].
    """
    features = dataset_features(spec, ActionSpace.EE_DELTA, video=True)
    config = GaussianActorConfig(
        input_features=_inputs(features),
        output_features=_action(3),
        num_discrete_actions=3,
        device="cpu",
        latent_dim=16,
    )
    torch.manual_seed(0)
    policy = GaussianActorPolicy(config)
    with torch.no_grad():
        policy.discrete_critic.output_layer.bias[GRIPPER_CLASS] = 100.0
    half = torch.full((3,), 0.5)
    _save(root, policy, config, {"action": {"min": -half, "max": half}})
    _write_origin(root, features, fps=10)
    return root


def write_smolvla(root: Path, spec: StreamSpec, *, fps: int = 10, **config: Any) -> Path:
    """Save a SmolVLA for a body with a camera, built from a tiny configuration beside it.

    Args:
        root: a new folder.
        spec: of the body.
        fps: the rate it was trained at.
        config: keys of `SmolVLAConfig`.
    """
    features = dataset_features(spec, ActionSpace.EE_ABSOLUTE, video=True)
    (length,) = features["action"]["shape"]
    keys: dict[str, Any] = {
        "chunk_size": 20,
        "n_action_steps": 20,
        "num_vlm_layers": 2,
        "num_expert_layers": 2,
        "resize_imgs_with_padding": (64, 64),
        "tokenizer_max_length": 16,
        "max_action_dim": length,
        "device": "cpu",
        **config,
    }
    smolvla = SmolVLAConfig(
        input_features=_inputs(features),
        output_features=_action(length),
        vlm_model_name=str(write_vlm(root.with_name(f"{root.name}_vlm"))),
        load_vlm_weights=False,
        **keys,
    )
    torch.manual_seed(0)
    action = {"mean": torch.tensor(ABOUT_HOME), "std": torch.full((length,), 0.01)}
    _save(root, SmolVLAPolicy(smolvla), smolvla, {"action": action})
    _write_origin(root, features, fps)
    return root


def write_vlm(root: Path) -> Path:
    """Write what SmolVLA reads of its language model: configuration, words, no weights."""
    words = ("<pad>", "<unk>", "<eos>", *_IMAGE_TOKENS.values(), "lift", "the", "block", "up")
    index = {word: number for number, word in enumerate(words)}
    split = Tokenizer(WordLevel(index, unk_token="<unk>"))
    split.pre_tokenizer = WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=split,
        pad_token="<pad>",
        unk_token="<unk>",
        eos_token="<eos>",
        extra_special_tokens=_IMAGE_TOKENS,
    )
    text = {
        "model_type": "llama",
        "vocab_size": len(words),
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
    }
    vision = {
        "hidden_size": 48,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "image_size": 64,
        "patch_size": 16,
    }
    image_token = index[_IMAGE_TOKENS["image_token"]]
    AutoConfig.for_model(
        "smolvlm",
        image_token_id=image_token,
        scale_factor=2,
        text_config=text,
        vision_config=vision,
    ).save_pretrained(root)
    edge = {"longest_edge": 64}
    pictures = SmolVLMImageProcessor(size=edge, max_image_size=edge)
    SmolVLMProcessor(pictures, tokenizer, SmolVLMVideoProcessor(), image_seq_len=4).save_pretrained(
        root
    )
    return root


def _save(
    root: Path,
    policy: PreTrainedPolicy,
    config: PreTrainedConfig,
    known: Mapping[str, Mapping[str, Any]],
) -> None:
    policy.save_pretrained(root)
    stats = {name: _stats(feature) for name, feature in config.input_features.items()}
    for processor in make_pre_post_processors(config, dataset_stats={**stats, **known}):
        processor.save_pretrained(root)


def _stats(feature: PolicyFeature) -> dict[str, torch.Tensor]:
    """Return those that leave an observation nearly as it is."""
    is_picture = feature.type is FeatureType.VISUAL
    shape = (feature.shape[0], 1, 1) if is_picture else tuple(feature.shape)
    zeros, ones = torch.zeros(shape), torch.ones(shape)
    return {"mean": zeros, "std": ones, "min": zeros, "max": ones}


def _write_origin(root: Path, features: Features, fps: int) -> None:
    info = {"fps": fps, "features": features, "tasks": ["wait and see"]}
    (root / "dora_hil_dataset.json").write_text(json.dumps(info))


def _action(length: int) -> dict[str, PolicyFeature]:
    return {"action": PolicyFeature(FeatureType.ACTION, (length,))}


def _inputs(features: Features) -> dict[str, PolicyFeature]:
    return {
        name: _feature(name, tuple(feature["shape"]))
        for name, feature in features.items()
        if name.startswith("observation.")
    }


def _feature(name: str, shape: tuple[int, ...]) -> PolicyFeature:
    if len(shape) == 3:
        return PolicyFeature(FeatureType.VISUAL, (shape[2], shape[0], shape[1]))
    is_environment = name == "observation.environment_state"
    return PolicyFeature(FeatureType.ENV if is_environment else FeatureType.STATE, shape)
