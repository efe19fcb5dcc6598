"""A person with a gamepad, as a dora node."""
