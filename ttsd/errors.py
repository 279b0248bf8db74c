"""Errors a user can mend: one sentence with the value seen, the values allowed and the remedy; exit code 2."""


class UserError(Exception):
    """The message is the whole report: the command line prints it without a traceback."""
