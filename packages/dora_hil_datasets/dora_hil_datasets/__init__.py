"""LeRobot datasets that lose nothing, and what can be done with them, without dora."""
