"""The one base of errors whose text is written for the person at the shell."""


class UserError(Exception):
    """Something the user can put right; a node prints the text as one line and exits with 2."""
