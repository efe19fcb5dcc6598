"""Changes to a recorded dataset."""
