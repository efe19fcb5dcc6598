"""A robot that somebody else's package brings, and a virtual arm."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from virtual_arm import PluggedIn

PLUGIN = """
from dataclasses import dataclass
from lerobot.robots import RobotConfig
from robot_node.fake_robot import FakeRobot, FakeRobotConfig

@RobotConfig.register_subclass("plugged_robot")
@dataclass(kw_only=True)
class PluggedRobotConfig(FakeRobotConfig):
    lacks_library: bool = False

class PluggedRobot(FakeRobot):
    name = "plugged_robot"

    def __init__(self, config):
        if config.lacks_library:
            raise ImportError("no module named 'some_sdk'")
        super().__init__(config)
"""


@pytest.fixture(scope="session")
def plugged_robot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Install a plugin as pip would; return the robot's `type`."""
    folder = tmp_path_factory.mktemp("site_packages")
    name = "lerobot_robot_plugged"
    (folder / f"{name}.py").write_text(PLUGIN)
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    sys.path.insert(0, str(folder))
    yield "plugged_robot"
    sys.path.remove(str(folder))


@pytest.fixture
def plugged_in(tmp_path: Path) -> Iterator[PluggedIn]:
    """Return a virtual arm on a port."""
    made = PluggedIn(tmp_path / "port")
    yield made
    made.close()
