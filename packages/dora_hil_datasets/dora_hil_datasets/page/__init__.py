"""Pages on which a person looks at a recorded dataset and says something about it."""
