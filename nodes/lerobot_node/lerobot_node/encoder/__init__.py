"""Frozen encoders of pictures: what they are made of, and what they have seen already."""
