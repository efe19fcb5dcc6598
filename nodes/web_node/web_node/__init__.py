"""The operator's console in a browser, as a dora node."""
