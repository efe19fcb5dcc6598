"""Which part of each camera's picture a person wants, from words, a page or an environment JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from dora_hil import durable
from dora_hil.body.crop import KEY, ImagePreprocessing, PictureCrops, SizePx
from dora_hil.config import ConfigError, parse, read_json, value_at
from dora_hil.errors import UserError
from dora_hil.json_edit import with_value

_PREFIX = "observation.images."


class ChoiceError(UserError):
    """A crop that cannot be meant; the text says what can."""


def parse_choice(crops: Sequence[str], resize: str | None) -> ImagePreprocessing:
    """Read what is given on a command line.

    Args:
        crops: such as ``front=4,4,120,120``: top, left, height, width, px.
        resize: such as ``128,128``: height, width, px.

    Raises:
        ChoiceError: a word is neither.
    """
    rectangles = {}
    for word in crops:
        camera, _, text = word.partition("=")
        rectangles[_PREFIX + camera.removeprefix(_PREFIX)] = _numbers(
            text,
            4,
            f"--crop {word}: expected CAMERA=TOP,LEFT,HEIGHT,WIDTH, such as front=4,4,120,120",
        )
    size = (
        None
        if resize is None
        else _numbers(resize, 2, f"--resize {resize}: expected HEIGHT,WIDTH, such as 128,128")
    )
    return ImagePreprocessing(rectangles or None, size)


def _numbers(text: str, count: int, refusal: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ChoiceError(refusal) from None
    if len(numbers) != count:
        raise ChoiceError(refusal)
    return numbers


def useful_crops(choice: ImagePreprocessing, cameras_px: Mapping[str, SizePx]) -> PictureCrops:
    """Return what the pictures of a dataset become.

    Args:
        choice: what is wanted.
        cameras_px: height and width of the dataset's pictures by camera.

    Raises:
        ConfigError: there is no such camera, or no such part of its picture.
        ChoiceError: nothing would change, or a picture could not be stored as video.
    """
    crops = PictureCrops(choice, cameras_px)
    for camera, (height_px, width_px) in crops.sizes_px.items():
        is_changed = (height_px, width_px) != cameras_px[camera]
        if is_changed and (height_px % 2 or width_px % 2):
            raise ChoiceError(
                f"{camera} would be {height_px} px high and {width_px} px wide; videos have even "
                "heights and widths"
            )
    if not choice.crop_params_dict and dict(crops.sizes_px) == dict(cameras_px):
        raise ChoiceError("nothing is cropped or resized: choose a part of a camera's picture")
    return crops


def read_choice(config: Path) -> ImagePreprocessing:
    """Return what an environment JSON says at present.

    Raises:
        ConfigError: it cannot be read, or says something that is no crop.
    """
    value = value_at(read_json(config), KEY)
    if value is None:
        return ImagePreprocessing()
    if not isinstance(value, dict):
        raise ConfigError(f"{config}: {KEY}: expected a block of keys, got {value!r}")
    return parse(value, ImagePreprocessing, f"{config}: {KEY}")


def write_choice(config: Path, choice: ImagePreprocessing) -> None:
    """Put a choice into an environment JSON; nothing else in it changes.

    Raises:
        ConfigError: a block on the way holds something else.
    """
    path = config.resolve()
    text = with_value(path.read_text(encoding="utf-8"), KEY, asdict(choice), str(config))
    durable.write(path, text.encode())
