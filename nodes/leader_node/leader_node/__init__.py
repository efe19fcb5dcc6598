"""A leader arm in a person's hand, as a dora node."""
