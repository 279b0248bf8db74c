"""The two ways in which judging can go wrong that are not the attempt's fault.

SandboxError
├── SandboxUnavailable   the machine cannot run this sandbox: the message says what is missing and its remedy
└── SandboxOutage        a sandbox that worked died or never became ready: retried on a fresh one, then UNAVAILABLE

A failed attempt is never an exception: it is a `Verdict`.
"""


class SandboxError(Exception):
    """Base of both."""


class SandboxUnavailable(SandboxError):
    """This sandbox cannot be used here."""


class SandboxOutage(SandboxError):
    """A sandbox failed before it could say anything about the program."""
