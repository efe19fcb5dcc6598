"""What a LeRobot process and a running dora-hil dataflow say to each other."""
