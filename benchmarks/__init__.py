"""Figures, each beside its peer and with the command that makes it."""
