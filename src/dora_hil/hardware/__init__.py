"""What robots and leader arms share below LeRobot's drivers."""
