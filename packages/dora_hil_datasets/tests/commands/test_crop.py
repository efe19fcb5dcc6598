"""Choosing which part of each camera's picture is used, with the script's own arguments."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import lamps
import numpy as np
import pytest
import recordings
from browser import chromium
from harness import BIN, ROOT, command
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page

from dora_hil.errors import UserError
from dora_hil.stream.actions import ActionSpace
from dora_hil_datasets.crop.cropped import cameras_px
from dora_hil_datasets.dataset.episode_record import EpisodeRecord
from dora_hil_datasets.dataset.local import LocalDataset
from dora_hil_datasets.dataset.pictures import read_pictures
from dora_hil_datasets.dataset.store import DatasetStore
from gym_hil_node.config_file import load_config
from gym_hil_node.simulator import Simulator

main = command("crop")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Record two episodes of four frames; the lamp fills rows and columns 40 to 90."""
    folder = tmp_path / "data"
    lamps.write(folder, [2, None], length=4)
    return folder


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a copy of the shipped environment JSON."""
    path = tmp_path / "env.json"
    path.write_text((ROOT / "configs/gym_hil_env.json").read_text())
    return path


def words(root: Path, *others: str) -> list[str]:
    """Return a command line."""
    return [f"--repo_id={lamps.REPO_ID}", f"--root={root}", *others]


def preprocessing(config: Path) -> Any:
    """Return what a config says of pictures."""
    return json.loads(config.read_text())["env"]["processor"]["image_preprocessing"]


def test_words_write_the_config_and_the_new_dataset(
    root: Path, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the body will show, and what it would have recorded."""
    new = tmp_path / "new"
    main(words(root, "--crop=front=4,6,120,100", f"--config={config}", f"--new_root={new}"))
    assert load_config(config).picture_crops.sizes_px == {
        lamps.FRONT: (120, 100),
        lamps.WRIST: (128, 128),
    }
    dataset = LocalDataset(lamps.REPO_ID, new).open()
    assert cameras_px(dataset) == {lamps.FRONT: (120, 100), lamps.WRIST: (128, 128)}
    said = capsys.readouterr().out
    assert f"{lamps.FRONT}: 128x128 px become 120x100 px" in said
    assert f"{new}: 2 episodes, 8 frames" in said


def test_without_a_config_the_block_is_printed(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To be pasted; nothing is written."""
    main(words(root, "--crop=front=4,6,120,100", "--resize=64,64"))
    block = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert block == {"crop_params_dict": {lamps.FRONT: [4, 6, 120, 100]}, "resize_size": [64, 64]}
    assert [path.name for path in root.parent.iterdir()] == ["data"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--crop=side=0,0,10,10"], "unknown camera 'observation.images.side'; accepted: obs"),
        (["--crop=front=1,2"], "such as front=4,4,120,120"),
        (["--resize=128,128"], "nothing is cropped or resized"),
    ],
)
def test_a_choice_that_makes_no_sense_is_one_line_and_writes_nothing(
    root: Path, config: Path, given: list[str], said: str
) -> None:
    """Neither into the config nor beside the dataset."""
    before = config.read_text()
    with pytest.raises(UserError, match=said) as caught:
        main(words(root, *given, f"--config={config}", f"--new_root={root}_new"))
    assert "\n" not in str(caught.value)
    assert config.read_text() == before
    assert not Path(f"{root}_new").exists()


@pytest.mark.parametrize("option", ["--config=nowhere.json", "--new_root=."])
def test_what_cannot_be_written_is_said_before_any_work(root: Path, option: str) -> None:
    """A config that is not there, a folder that is."""
    with pytest.raises(UserError, match=r"nowhere\.json: there is no such file|is there already"):
        main(words(root, "--crop=front=4,6,120,100", option))


PARTS = {lamps.FRONT: "10,6,110,116", lamps.WRIST: "0,20,80,96"}


def drive(config: Path) -> list[dict[str, NDArray[np.uint8]]]:
    """Return the pictures of six steps towards the cube, as a body shows them."""
    forward = np.array([1.0, 0.4, -1.0, 1.0], np.float32)
    with closing(Simulator(load_config(config))) as simulator:
        shown = [simulator.begin(3)]
        shown += [simulator.execute(ActionSpace.EE_DELTA, forward).columns for _ in range(6)]
    return [{name: c[name] for name in PARTS} for c in shown]


def record(root: Path, frames: list[dict[str, NDArray[np.uint8]]]) -> None:
    """Record pictures as video, as the recorder does."""
    camera = {"dtype": "video", "shape": (128, 128, 3), "names": ["height", "width", "channels"]}
    features: dict[str, Any] = dict.fromkeys(frames[0], camera)
    features["action"] = {"dtype": "float32", "shape": (1,), "names": None}
    store = DatasetStore(recordings.config(root, repo_id=lamps.REPO_ID), None)
    store.begin(features, 10, "gym_hil")
    for frame in frames:
        store.add({**frame, "action": np.zeros(1, np.float32), "task": "reach"})
    store.save(EpisodeRecord(0, len(frames)))


@pytest.mark.slow
def test_a_cropped_recording_is_what_the_body_shows_with_that_config(
    config: Path, tmp_path: Path
) -> None:
    """The same pictures up to the video's codec; of a crop some pixels off they are not."""
    record(tmp_path / "data", drive(config))
    crops = [f"--crop={name}={part}" for name, part in PARTS.items()]
    new = tmp_path / "new"
    written = [f"--config={config}", f"--new_root={new}"]
    main(words(tmp_path / "data", *crops, "--resize=96,96", *written))
    dataset = LocalDataset(lamps.REPO_ID, new).open()
    live = drive(config)
    assert len(dataset) == len(live)
    recorded = [read_pictures(dataset, row) for row in range(len(live))]
    for name in live[0]:
        shown, expected = (np.stack([f[name] for f in fs]).astype(int) for fs in (recorded, live))
        here = shown - expected
        beside = shown[:, :, 4:] - expected[:, :, :-4]
        # The codec makes pictures darker by one or two each time.
        assert np.abs(here).mean() < 5, name
        assert here.std() < beside.std() / 3, name


@contextmanager
def page_of(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], Page]]:
    """Run the script and open its page in Chromium."""
    process = subprocess.Popen(
        [BIN / "dora-hil", "crop", *arguments, "--no_open"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split()[0]
        with chromium() as browser:
            page = browser.new_page(viewport={"width": 1300, "height": 800})
            page.goto(address)
            page.wait_for_selector("article")
            yield process, page
    finally:
        process.kill()
        process.wait()


def draw(page: Page, area: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag the mouse over a picture; places are parts of its width and height."""
    box = area.bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=5)
    page.mouse.up()


def fields(card: Locator) -> list[int]:
    """Return top, left, height and width as the page shows them."""
    names = ("top", "left", "height", "width")
    return [int(card.locator(f"[name={name}]").input_value()) for name in names]


@pytest.mark.slow
def test_a_person_draws_a_part_of_a_picture_and_writes_it(
    root: Path, config: Path, tmp_path: Path
) -> None:
    """With the mouse, by its edge, and in numbers; the result is shown before."""
    new = tmp_path / "new"
    arguments = words(root, f"--config={config}", f"--new_root={new}")
    with page_of(*arguments) as (process, page):
        card = page.locator(f'[data-camera="{lamps.FRONT}"]')
        page.wait_for_selector("#state.wrong")
        assert page.locator("#write").is_disabled()
        draw(page, card.locator(".whole"), (0.25, 0.5), (0.75, 0.75))
        assert fields(card) == pytest.approx([64, 32, 32, 64], abs=2)
        draw(page, card.locator(".whole"), (0.5, 0.75), (0.5, 0.9375))
        assert fields(card) == pytest.approx([64, 32, 56, 64], abs=2)
        for name, value in (("top", 42), ("left", 42), ("height", 46), ("width", 44)):
            card.locator(f"[name={name}]").fill(str(value))
        page.keyboard.press("Tab")
        page.locator("#frame").fill("2")
        caption = card.locator("figcaption", has_text="used: 46 px high, 44 px wide")
        caption.wait_for()
        page.screenshot(path=tmp_path / "page.png")
        page.locator("#write:enabled").click()
        page.get_by_text("being written").wait_for()
        assert process.wait(120) == 0
    assert preprocessing(config)["crop_params_dict"] == {lamps.FRONT: [42, 42, 46, 44]}
    assert preprocessing(config)["resize_size"] is None
    dataset = LocalDataset(lamps.REPO_ID, new).open()
    assert read_pictures(dataset, 3)[lamps.FRONT].min() > 200


@pytest.mark.slow
def test_the_page_begins_with_what_the_config_says(root: Path, config: Path) -> None:
    """And follows the frames."""
    main(words(root, "--crop=wrist=2,4,100,90", "--resize=64,32", f"--config={config}"))
    with page_of(*words(root, f"--config={config}")) as (_, page):
        card = page.locator(f'[data-camera="{lamps.WRIST}"]')
        card.locator("figcaption", has_text="used: 64 px high, 32 px wide").wait_for()
        assert fields(card) == [2, 4, 100, 90]
        page.locator("#forth").click()
        page.get_by_text("frame 1 of 0 to 3").wait_for()
        page.keyboard.press("ArrowRight")
        page.get_by_text("frame 2 of 0 to 3").wait_for()
        source = card.locator(".whole img").get_attribute("src")
        assert source == f"/pictures/{lamps.WRIST}/0/2"
