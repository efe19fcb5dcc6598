"""The library works where there is no dora."""

import subprocess
import sys

CODE = """
import importlib, pkgutil, sys
sys.modules["dora"] = None
import dora_hil_datasets
names = [m.name for m in pkgutil.walk_packages(dora_hil_datasets.__path__, "dora_hil_datasets.")]
for name in names:
    importlib.import_module(name)
print(len(names), *(name for name in sys.modules if name.split(".")[0] == "dora"))
"""


def test_no_module_imports_dora() -> None:
    """Nor one that would want it: it is as if dora were not installed."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    count, *imported = done.stdout.split()
    assert int(count) > 30
    # The stand-in that lets every import of it fail.
    assert imported == ["dora"]
