"""A person at the keyboard, as a dora node."""
