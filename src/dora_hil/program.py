"""Where the environment's programs are: beside the Python that runs, whatever the PATH says."""

import shutil
import sys
from pathlib import Path


def find_program(name: str) -> str | None:
    """Find a program that a package of this environment installs.

    An environment need not be activated: ``.venv/bin/dora run`` starts nodes whose PATH knows
    nothing of it, or knows another one.

    Returns:
        Its path; None if neither this environment nor the PATH has it.
    """
    return shutil.which(name, path=Path(sys.executable).parent) or shutil.which(name)
