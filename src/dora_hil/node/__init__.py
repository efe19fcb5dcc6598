"""What every node does around its own loop: start, events, sending, leaving."""
