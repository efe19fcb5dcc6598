"""The virtual SO-101 as a process of its own, for as long as somebody needs it."""

import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Final

from lerobot.motors import MotorCalibration

from dora_hil.environment import BodyFaultError
from robot_node.virtual_so101.arm import RANGE_TICKS

CALIBRATION: Final = {
    joint: MotorCalibration(
        id=number,
        drive_mode=0,
        homing_offset=0,
        range_min=low,
        range_max=high,
    )
    for number, (joint, (low, high)) in enumerate(RANGE_TICKS.items(), start=1)
}
"""What stands in its servos, as LeRobot would have it in a file."""
URDF: Final = Path(__file__).parent.parent / "assets" / "so101_simplified.urdf"
FRAME: Final = "gripper_frame_link"


class VirtualArm:
    """Runs `virtual-so101` and ends it.

    Attributes:
        port: the serial port to open.
        camera_port: where its camera's pictures come from.
    """

    def __enter__(self) -> "VirtualArm":
        """Start it and wait until it answers.

        Raises:
            BodyFaultError: it does not start.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="virtual_so101_")
        self.port = Path(self._folder.name) / "port"
        command = [sys.executable, "-m", "robot_node.virtual_so101.command"]
        self._process = subprocess.Popen(
            [*command, "--link", self.port, "--camera-port", "0", "--leave-with-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C is for the one who started it, who ends it when the arm is at rest.
            start_new_session=True,
        )
        assert self._process.stdout is not None
        words = self._process.stdout.readline().split()
        if len(words) != 2:
            self.__exit__(None, None, None)
            raise BodyFaultError("the virtual SO-101 did not start; try: virtual-so101")
        self.camera_port = int(words[1])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Pull the plug."""
        assert self._process.stdin is not None
        # It leaves when its input closes, so that it does not outlive a killed parent either.
        self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._folder.cleanup()
