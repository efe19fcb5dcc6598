"""LeRobot finds the plugins by their distributions' names."""

import importlib.metadata
import subprocess
import sys

import pytest

PLUGINS = ("lerobot_policy_origin", "lerobot_robot_dora", "lerobot_teleoperator_dora")

FOUND = """
from lerobot.utils.import_utils import register_third_party_plugins
register_third_party_plugins()
from lerobot.robots import RobotConfig
from lerobot.teleoperators import TeleoperatorConfig
print(RobotConfig.get_choice_class("dora").__name__)
print(TeleoperatorConfig.get_choice_class("dora").__name__)
"""


@pytest.mark.parametrize("name", PLUGINS)
def test_a_plugin_is_installed_under_its_name_with_underscores(name: str) -> None:
    """A name with hyphens would be ignored without a word."""
    names = {distribution.metadata["Name"] for distribution in importlib.metadata.distributions()}
    assert name in names


@pytest.mark.slow
def test_lerobot_registers_both_as_type_dora() -> None:
    """By the function that its commands call first."""
    done = subprocess.run([sys.executable, "-c", FOUND], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["DoraRobotConfig", "DoraTeleoperatorConfig"]
    assert "Could not import" not in done.stderr


def test_the_connection_needs_neither_lerobot_nor_dora() -> None:
    """The node stays light, and the plugins work in any environment that has LeRobot."""
    code = "import dora_hil_bridge.client, sys; print(*{m.split('.')[0] for m in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"torch", "lerobot", "dora", "dora_hil", "pyarrow"}
