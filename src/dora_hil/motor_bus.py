"""What LeRobot's serial motor drivers have to be helped with; known by what they have, not by type.

This library imports no LeRobot; the nodes that do share this.
"""

from typing import Any


def every_bus_of(device: Any) -> list[Any]:
    """Return a LeRobot device's motor buses of any kind, of both arms where it has two."""
    arms = (device, getattr(device, "left_arm", None), getattr(device, "right_arm", None))
    buses = [getattr(arm, "bus", None) for arm in arms]
    return [bus for bus in buses if bus is not None]


def buses_of(device: Any) -> list[Any]:
    """Return those on serial ports; another kind of bus needs no help."""
    buses = every_bus_of(device)
    return [bus for bus in buses if hasattr(getattr(bus, "port_handler", None), "clearPort")]


def drop_late_answers(device: Any) -> None:
    """Empty the ports before an exchange.

    Feetech's driver takes what a motor said late, after 50 ms, for the answer to its next
    question. The answer to a write has no position in it, which is read as position 0.

    Raises:
        OSError: the port is gone; or termios.error, which is none.
    """
    for bus in buses_of(device):
        bus.port_handler.ser.reset_input_buffer()


def stay(bus: Any) -> None:
    """Make where the motors stand their goal: torque that comes on turns them to the last one.

    Args:
        bus: LeRobot's, connected.
    """
    present = bus.sync_read("Present_Position", normalize=False, num_retry=5)
    bus.sync_write("Goal_Position", present, normalize=False)
