"""A body for dora dataflows: any robot that LeRobot can drive."""
