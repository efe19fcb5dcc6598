"""`lerobot-node eval`: a policy on a body, and what it comes to."""
