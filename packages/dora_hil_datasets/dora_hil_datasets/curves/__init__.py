"""A training as curves, from the files that actor and learner write."""
