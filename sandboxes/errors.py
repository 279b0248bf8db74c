"""The ways in which judging can go wrong that are not the attempt's fault.

SandboxError
├── SandboxUnavailable   the machine cannot run this sandbox: the message says what is missing and its remedy
├── SandboxOutage        a sandbox that worked died or never became ready: retried on a fresh one, then UNAVAILABLE
└── ChecksBroken         the problem's own test code fails whatever the program does: never retried

A failed attempt is never an exception: it is a `Verdict`.
"""


class SandboxError(Exception):
    """Base of all."""


class SandboxUnavailable(SandboxError):
    """This sandbox cannot be used here."""


class SandboxOutage(SandboxError):
    """A sandbox failed before it could say anything about the program."""


class ChecksBroken(SandboxError):
    """No program can be judged by these checks. The message is the whole report, with what to mend."""
