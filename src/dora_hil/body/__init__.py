"""A body: its loop, the life of an episode, who drives, and what stands before the arm."""
