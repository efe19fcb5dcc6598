"""A body for dora dataflows: the gym-hil Panda in MuJoCo."""
