"""LeRobot plugins of the tests' own, where another process finds them."""

from pathlib import Path
from types import ModuleType


def install(module: ModuleType, folder: Path) -> Path:
    """Put a plugin into a folder as pip would; returns the folder, for PYTHONPATH."""
    name = module.__name__
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    assert module.__file__ is not None
    (folder / f"{name}.py").write_text(Path(module.__file__).read_text())
    return folder
