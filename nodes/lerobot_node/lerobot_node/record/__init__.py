"""`lerobot-node record`: episodes from a body into a dataset."""
