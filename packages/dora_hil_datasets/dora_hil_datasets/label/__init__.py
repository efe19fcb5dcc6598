"""Saying by hand from which picture on an episode shows success."""
