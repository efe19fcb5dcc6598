"""Which part of each camera's picture a person wants."""

import json
from pathlib import Path
from typing import Any

import pytest

from dora_hil.body.crop import KEY, ImagePreprocessing
from dora_hil.config import ConfigError
from dora_hil_datasets.crop.choice import (
    ChoiceError,
    parse_choice,
    read_choice,
    useful_crops,
    write_choice,
)

FRONT, WRIST = "observation.images.front", "observation.images.wrist"
CAMERAS_PX = {FRONT: (128, 128), WRIST: (99, 128)}


def env(**preprocessing: Any) -> str:
    """Return an environment JSON as a person has laid it out."""
    block = json.dumps(preprocessing) if preprocessing else "null"
    return (
        f'{{"env": {{"fps":10, "processor": {{"image_preprocessing": {block}}}}},\n "sim": {{}}}}\n'
    )


@pytest.mark.parametrize("name", ["front", FRONT])
def test_words_name_a_camera_and_its_part(name: str) -> None:
    """With or without the column's prefix."""
    choice = parse_choice([f"{name}=4,6,120,100", "wrist=0,0,64,64"], "32,48")
    assert choice == ImagePreprocessing({FRONT: (4, 6, 120, 100), WRIST: (0, 0, 64, 64)}, (32, 48))


def test_words_may_be_left_out() -> None:
    """A part without a size, a size without a part."""
    assert parse_choice(["front=4,6,120,100"], None).resize_size is None
    assert parse_choice([], "32,48").crop_params_dict is None


@pytest.mark.parametrize("word", ["front", "front=", "front=1,2,3", "front=1,2,3,x", "4,4,9,9"])
def test_other_words_are_refused_with_an_example(word: str) -> None:
    """By their option."""
    with pytest.raises(ChoiceError) as caught:
        parse_choice([word], None)
    assert str(caught.value) == (
        f"--crop {word}: expected CAMERA=TOP,LEFT,HEIGHT,WIDTH, such as front=4,4,120,120"
    )


@pytest.mark.parametrize("text", ["128", "128x128", "1,2,3"])
def test_another_size_is_refused_with_an_example(text: str) -> None:
    """By its option."""
    with pytest.raises(ChoiceError, match=f"--resize {text}: expected HEIGHT,WIDTH, such as"):
        parse_choice([], text)


def test_a_choice_says_what_becomes_of_the_pictures() -> None:
    """The camera that is not named stays as it is, odd or not."""
    crops = useful_crops(ImagePreprocessing({FRONT: (4, 6, 120, 100)}), CAMERAS_PX)
    assert dict(crops.sizes_px) == {FRONT: (120, 100), WRIST: (99, 128)}


@pytest.mark.parametrize(
    "choice",
    [ImagePreprocessing({FRONT: (0, 0, 99, 100)}), ImagePreprocessing(resize_size=(64, 65))],
)
def test_a_picture_that_no_video_can_hold_is_refused(choice: ImagePreprocessing) -> None:
    """Encoders halve the colours' resolution."""
    with pytest.raises(ChoiceError, match="videos have even heights and widths"):
        useful_crops(choice, CAMERAS_PX)


def test_a_choice_that_changes_nothing_is_refused() -> None:
    """Somebody has forgotten something."""
    with pytest.raises(ChoiceError, match="nothing is cropped or resized"):
        useful_crops(ImagePreprocessing(), CAMERAS_PX)


def test_what_is_written_is_what_is_read_and_nothing_else_changes(tmp_path: Path) -> None:
    """The layout of the file included."""
    config = tmp_path / "env.json"
    config.write_text(env(), encoding="utf-8")
    choice = ImagePreprocessing({FRONT: (4, 6, 120, 100)}, (64, 64))
    write_choice(config, choice)
    assert read_choice(config) == choice
    before, after = env().split("null"), config.read_text(encoding="utf-8")
    assert after.startswith(before[0])
    assert after.endswith(before[1])
    assert [path.name for path in tmp_path.iterdir()] == ["env.json"]


def test_a_link_to_a_config_stays_a_link(tmp_path: Path) -> None:
    """What it leads to is changed."""
    (tmp_path / "env.json").write_text("{}", encoding="utf-8")
    link = tmp_path / "link.json"
    link.symlink_to("env.json")
    write_choice(link, ImagePreprocessing(resize_size=(64, 64)))
    assert link.is_symlink()
    assert read_choice(tmp_path / "env.json").resize_size == (64, 64)


@pytest.mark.parametrize("text", ["{}", '{"env": null}', env()])
def test_a_config_without_a_crop_has_none(tmp_path: Path, text: str) -> None:
    """At whatever depth it ends."""
    (tmp_path / "env.json").write_text(text, encoding="utf-8")
    assert read_choice(tmp_path / "env.json") == ImagePreprocessing()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"env": {"processor": {"image_preprocessing": 3}}}', "expected a block of keys, got 3"),
        (env(crop_params="front"), "unknown key 'crop_params'"),
        (env(resize_size="big"), "resize_size"),
    ],
)
def test_a_crop_that_is_none_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    """With the file and the key."""
    (tmp_path / "env.json").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_choice(tmp_path / "env.json")
    assert str(caught.value).startswith(f"{tmp_path / 'env.json'}: {KEY}: ")
    assert said in str(caught.value)
