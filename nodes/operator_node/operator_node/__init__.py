"""A scripted expert that stands in for the person, as a dora node."""
