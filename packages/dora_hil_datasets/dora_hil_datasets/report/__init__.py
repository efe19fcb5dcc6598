"""One HTML page about a dataset."""
