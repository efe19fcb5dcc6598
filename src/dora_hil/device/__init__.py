"""People's devices: what is held, and the loop around it."""
