"""Measure what a message costs the node: uv run python benchmarks/bench_view.py.

The loop is what stands between two events: decoding, copying and handing over. The view is
what its thread does: compressing, writing and waiting until Rerun has it.
"""

import argparse
import itertools
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from dora_hil.stream.spec import ColumnSpec, StreamSpec, ee_action_columns
from dora_hil.stream.timestep import Kind, Phase, Telemetry, TimeStep
from rerun_node.background_view import BackgroundView
from rerun_node.live_view import LiveView
from rerun_node.main import without_buffer
from rerun_node.options import build

PORTS = ("--port", "19876", "--web-port", "19090")
CAMERAS = ("observation.images.front", "observation.images.wrist")


def episode(steps: int, width_px: int, height_px: int) -> list[TimeStep]:
    """Return the messages of an episode: two cameras, 18 numbers, no people."""
    ramp = np.add.outer(np.arange(height_px), np.arange(width_px))[:, :, None]
    spec = StreamSpec(
        task="bench",
        body="bench",
        action_spaces=("ee_delta",),
        columns={
            "observation.state": ColumnSpec((18,)),
            **{name: ColumnSpec.image(height_px, width_px) for name in CAMERAS},
            **ee_action_columns(),
        },
    )
    rng = np.random.default_rng(0)
    return [
        TimeStep(
            kind=Kind.MID if step else Kind.FIRST,
            phase=Phase.RUNNING,
            episode=0,
            step=step,
            columns={
                "observation.state": rng.normal(size=18).astype(np.float32),
                **{name: np.repeat(ramp + step, 3, axis=2).astype(np.uint8) for name in CAMERAS},
            },
            actions={
                space: rng.normal(size=4).astype(np.float32)
                for space in ("ee_delta", "ee_absolute")
            }
            if step
            else {},
            spec=spec,
            telemetry=Telemetry(driver="action"),
            control_dt_s=0.1,
            t_capture_ns=step * 100_000_000,
        )
        for step in range(steps)
    ]


def loop_ms(view: BackgroundView, messages: list[TimeStep]) -> float:
    """Return the median of the loop's part, the view at work beside it, at 20 messages a second."""
    times_s = []
    for message in messages:
        value, metadata = message.to_arrow()
        began_s = time.perf_counter()
        view.show(without_buffer(TimeStep.from_arrow(value, metadata)), None)
        times_s.append(time.perf_counter() - began_s)
        time.sleep(0.05)
    return statistics.median(times_s) * 1e3


def view_ms(view: LiveView, messages: list[TimeStep]) -> float:
    """Return the median of the view's part."""
    times_s = []
    for message in messages:
        began_s = time.perf_counter()
        view.show(message, None)
        times_s.append(time.perf_counter() - began_s)
    return statistics.median(times_s) * 1e3


def main() -> None:
    """Print milliseconds per message."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100)
    steps = parser.parse_args().steps
    print("| pictures | JPEG quality | loop | view, serve | view, save |")
    print("| --- | --- | --- | --- | --- |")
    for (width_px, height_px), quality in itertools.product(((128, 128), (640, 480)), (85, 0)):
        messages = episode(steps, width_px, height_px)
        options = ("--jpeg-quality", str(quality))
        serving = ("--mode", "serve", *PORTS, *options)
        figures = []
        if (live := build(serving, {})) is not None:
            background = BackgroundView(live)
            background.start()
            figures.append(loop_ms(background, messages))
            background.close(10.0)
        with TemporaryDirectory() as folder:
            saving = ("--mode", "save", "--path", str(Path(folder) / "run"), *options)
            for arguments in (serving, saving):
                if (view := build(arguments, {})) is not None:
                    view.open()
                    figures.append(view_ms(view, messages))
                    view.close()
        cells = " | ".join(f"{figure:.2f} ms" for figure in figures)
        print(f"| two {width_px}x{height_px} | {quality or 'raw'} | {cells} |")


if __name__ == "__main__":
    main()
