"""What any sandbox must do, tried on a live one: `self_check` for the contract, `canaries` for twelve attacks.

A sandbox of another package passes when every result is `ok`. Where it cannot, it is reduced: its failures stand in
KNOWN_FAILURES, or in the argument `known`, each with its reason, and are reported with it.
Not promised: a proof. `tests/sandboxes/hostile` holds many more programs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Literal

from sandboxes.canaries import CANARIES
from sandboxes.contract import CONTRACT
from sandboxes.errors import SandboxUnavailable
from sandboxes.sandbox import GROUP, Sandbox, open_sandbox

# sandbox -> check -> why it fails there
KNOWN_FAILURES: Mapping[str, Mapping[str, str]] = {
    "landlock": {
        "bare": "without a mount namespace the scratch folder has a name of its own, which HOME and TMPDIR say"
    },
    "unsafe-subprocess": dict.fromkeys(
        ("network", "host files", "writes", "environment", "kernel calls", "processes seen", "signals", "bare"),
        "it is a plain process of this machine, with all of your rights",
    ),
}


@dataclass(frozen=True, slots=True)
class Survey:
    """A registered sandbox and whether it can be used here."""

    name: str  # what a user types
    sandbox: str  # what it calls itself, in verdicts
    usable: bool
    strength: str
    detail: str  # what was found, and the remedy when it cannot be used


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How one check went."""

    name: str
    kind: Literal["contract", "canary"]
    promise: str
    failure: str = ""  # what happened instead; empty when the promise held
    known: str = ""  # why that is known of this sandbox
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.failure


def self_check(sandbox: Sandbox, known: Mapping[str, str] | None = None) -> Iterator[CheckResult]:
    """Every promise of `sandboxes.sandbox.Sandbox`, then the canaries. Never raises."""
    for promise in CONTRACT:
        yield _tried(sandbox, promise.name, "contract", promise.text, promise.check, known)
    yield from canaries(sandbox, known)


def canaries(sandbox: Sandbox, known: Mapping[str, str] | None = None) -> Iterator[CheckResult]:
    """The twelve attacks. Never raises."""
    for canary in CANARIES:
        yield _tried(sandbox, canary.name, "canary", canary.promise, canary.attack, known)


def fit(results: Sequence[CheckResult]) -> bool:
    """Whether a sandbox with these results may be offered: every failure is a known one."""
    return all(result.ok or result.known for result in results)


def survey() -> Iterator[Survey]:
    """Every registered sandbox. Never raises."""
    for entry in entry_points(group=GROUP):
        try:
            with closing(entry.load()()) as sandbox:
                probe, name, strength = sandbox.probe(), sandbox.name, sandbox.strength
        except Exception as error:  # a broken plug-in is a finding
            yield Survey(
                entry.name, entry.name, False, "unknown", f"it cannot be loaded: {type(error).__name__}: {error}"
            )
            continue
        remedy = f" (remedy: {probe.remedy})" if probe.remedy and not probe.usable else ""
        yield Survey(entry.name, name, probe.usable, strength, "; ".join(probe.facts) + remedy)


def attacked(row: Survey) -> list[CheckResult]:
    """The canaries on a registered sandbox; nothing when it cannot be used."""
    if not row.usable:
        return []
    with closing(open_sandbox(row.name)) as sandbox:
        return list(canaries(sandbox))


def auto_takes(rows: Sequence[tuple[Survey, Sequence[CheckResult]]]) -> tuple[str, str]:
    """The name of the sandbox that `auto` takes, or nothing and the reason why none should be used."""
    try:
        with closing(open_sandbox()) as sandbox:
            name = sandbox.name
    except SandboxUnavailable as error:
        return "", str(error)
    for row, results in rows:
        if row.usable and row.sandbox == name and not fit(results):
            return "", f"would take {row.name}, in which an attack got through: name another one with --sandbox"
    return name, ""


def _tried(
    sandbox: Sandbox,
    name: str,
    kind: Literal["contract", "canary"],
    promise: str,
    check: Callable[[Sandbox], str],
    known: Mapping[str, str] | None,
) -> CheckResult:
    reasons = KNOWN_FAILURES.get(sandbox.name, {}) if known is None else known
    started = time.perf_counter()
    try:
        failure = check(sandbox)
    except Exception as error:  # whatever it is, the sandbox may not raise it here
        failure = f"{type(error).__name__}: {error}"
    seconds = time.perf_counter() - started
    return CheckResult(name, kind, promise, failure, reasons.get(name, "") if failure else "", seconds)
