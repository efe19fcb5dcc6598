"""Recorded episodes in the Rerun viewer."""
