"""Crops of the cameras, chosen on a recorded dataset."""
