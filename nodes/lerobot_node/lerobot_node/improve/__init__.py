"""A better policy out of what a person corrected."""
