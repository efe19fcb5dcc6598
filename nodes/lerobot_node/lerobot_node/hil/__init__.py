"""HIL-SERL: `lerobot-node actor` and `lerobot-node learner`, on LeRobot's own classes."""
