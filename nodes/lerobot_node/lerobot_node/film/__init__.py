"""A film of a training: its first episodes, those that were helped, its last ones."""
