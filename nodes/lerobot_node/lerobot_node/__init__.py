"""LeRobot on dora."""
