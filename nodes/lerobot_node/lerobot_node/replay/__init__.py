"""`lerobot-node replay`: recorded actions sent to the body again."""
