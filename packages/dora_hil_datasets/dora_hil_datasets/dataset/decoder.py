"""Which of LeRobot's decoders there is, asked once and without its traceback."""

import functools
import importlib
import logging

import av


@functools.cache
def video_backend() -> str:
    """Return LeRobot's `video_backend`: torchcodec where FFmpeg's libraries are, else PyAV.

    LeRobot looks at each create, resume and open, and prints 110 lines where they are missing.
    PyAV brings its own.
    """
    try:
        importlib.import_module("torchcodec")
    except (ImportError, OSError, RuntimeError):
        return "pyav"
    return "torchcodec"


def quiet() -> None:
    """Let neither FFmpeg nor LeRobot's own look for a decoder write to the terminal."""
    av.logging.set_libav_level(av.logging.ERROR)
    logging.getLogger("lerobot.utils.import_utils").setLevel(logging.ERROR)
