"""The virtual SO-101, as a child process or on a dataflow's table."""

import sys
import tempfile
import threading
from pathlib import Path

import psutil
import pytest

from dora_hil.config import ConfigError
from dora_hil.hardware.virtual_arm import VirtualArm, dataflow_folder, table_arm


def own_children() -> set[int]:
    """Return the processes that this one has started."""
    return {child.pid for child in psutil.Process().children()}


def test_it_has_a_port_and_a_camera_and_leaves_no_process(tmp_path: Path) -> None:
    """For as long as somebody needs it."""
    before = own_children()
    with VirtualArm(tmp_path / "port") as arm:
        assert arm.port.resolve().is_char_device()
        assert arm.camera_port > 0
        assert len(own_children() - before) == 1
    assert own_children() == before
    assert not arm.port.is_symlink()


def test_one_that_does_not_start_is_one_line(tmp_path: Path) -> None:
    """And leaves no process."""
    before = own_children()
    with pytest.raises(ConfigError, match="virtual-so101 did not start"):
        VirtualArm(tmp_path / "port", "--no-such-option")
    assert own_children() == before


def test_without_its_package_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program is virtual-so101-node's."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(ConfigError, match="no program virtual-so101; virtual-so101-node has it"):
        VirtualArm(tmp_path / "port")


def test_one_looks_at_the_block_and_places_it_by_a_seed(tmp_path: Path) -> None:
    """The same seed, the same place; plugged in again it is still there."""
    with VirtualArm(tmp_path / "port") as arm:
        places = []
        for line in ("place 4", "place 5", "unplug 0.1", "place 4"):
            arm.tell(line)
            places.append(arm.look().block_xyz_m.tolist())
    assert places[0] == pytest.approx(places[3], abs=1e-3)
    # It settles by a fraction of a millimetre meanwhile.
    assert places[1] == pytest.approx(places[2], abs=1e-3)
    assert places[1] != pytest.approx(places[0], abs=1e-3)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a dataflow; return the folder of its table, which is not there yet."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("DORA_NODE_CONFIG", "dataflow_id: 01-ab\nnode_id: body\n")
    assert dataflow_folder() == tmp_path / "dora-hil-01-ab"
    return dataflow_folder()


def test_the_arm_on_the_table_is_waited_for(place: Path) -> None:
    """Nodes start in any order."""

    def lay() -> None:
        place.mkdir()
        (place / "camera_port").write_text("5123")

    later = threading.Timer(0.2, lay)
    later.start()
    arm = table_arm(patience_s=20.0)
    later.join()
    assert (arm.port, arm.camera_port, arm.urdf) == (
        place / "port",
        5123,
        place / "so101.urdf",
    )


def test_a_dataflow_without_a_table_is_one_line(place: Path) -> None:
    """It says what is missing, and who has one."""
    with pytest.raises(ConfigError, match=r"no virtual-so101-node.*dataflow-demo-so101\.yaml"):
        table_arm(patience_s=0.1)
