"""Lets stock LeRobot commands use a running dataflow as their robot and as their input device."""
