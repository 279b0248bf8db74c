"""The conformance suite: a sound sandbox passes, and each kind of hole is found."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.canaries import CANARIES
from sandboxes.contract import CONTRACT
from sandboxes.machine import machine_facts
from sandboxes.sandbox import GROUP, Probe, Sandbox, Strength
from sandboxes.self_check import KNOWN_FAILURES, CheckResult, canaries, fit, self_check
from sandboxes.types import Limits
from sandboxes.wire import Message

CHECKS = [check.name for check in (*CONTRACT, *CANARIES)]
MARKED = {"bubblewrap", "docker", "landlock"}
PROVIDERS = [
    pytest.param(entry.name, marks=getattr(pytest.mark, entry.name) if entry.name in MARKED else ())
    for entry in entry_points(group=GROUP)
]


@pytest.fixture(scope="module", params=PROVIDERS)
def results(request: pytest.FixtureRequest) -> dict[str, CheckResult]:
    (entry,) = entry_points(group=GROUP, name=request.param)
    with closing(entry.load()()) as sandbox:
        probe = sandbox.probe()
        if not probe.usable:
            pytest.skip("; ".join(probe.facts))
        return {result.name: result for result in self_check(sandbox)}


@pytest.mark.parametrize("name", CHECKS)
def test_every_sandbox_keeps_the_promise_or_says_why_not(results: dict[str, CheckResult], name: str) -> None:
    result = results[name]
    assert result.ok or result.known, result


def test_twelve_attacks_take_less_than_five_seconds(results: dict[str, CheckResult]) -> None:
    seconds = [result.seconds for result in results.values() if result.kind == "canary"]
    assert len(seconds) == 12
    assert sum(seconds) < 5


def test_known_failures_are_of_checks_that_exist() -> None:
    assert {name for reasons in KNOWN_FAILURES.values() for name in reasons} <= set(CHECKS)
    assert len(set(CHECKS)) == len(CHECKS)


class Scripted:
    """A sandbox whose every program ends as told. `start` raises instead when it is an exception."""

    name = "scripted"
    strength = Strength.UNSAFE

    def __init__(self, answer: Message | Exception) -> None:
        self._answer = answer

    def probe(self) -> Probe:
        return Probe(True, ("it is always usable",))

    def start(self, module: str, limits: Limits) -> Scripted:
        if isinstance(self._answer, Exception):
            raise self._answer
        self._replies: Iterator[Message] = iter([{"compile_error": None}])
        return self

    def send(self, message: Message) -> None:
        pass

    def receive(self, timeout_s: float) -> Message:
        assert isinstance(self._answer, dict)
        return next(self._replies, self._answer)

    def close(self) -> None:
        pass


def ended(stdout: str, **fields: str | int) -> Message:
    usual: Message = {"reason": "exit", "exit_code": 0, "signal": None, "stderr": "", "result": "", "stdout": stdout}
    return {**usual, "cpu_s": 0.0, "wall_s": 0.0, "clean": True, **fields}


def failures(sandbox: Sandbox) -> dict[str, str]:
    return {result.name: result.failure for result in canaries(sandbox) if not result.ok}


def test_whatever_gets_through_is_a_failure() -> None:
    found = failures(Scripted(ended("got through, survived, forged\ntried everything")))
    assert set(found) == {canary.name for canary in CANARIES}
    assert found["network"] == "got through, survived, forged"


def test_an_attack_that_does_not_come_to_its_end_is_a_failure() -> None:
    found = failures(Scripted(ended("", exit_code=1, stderr="Traceback: it broke")))
    by_the_end = {"forged frame", "memory bomb"}  # they are meant to end badly
    assert set(found) == {canary.name for canary in CANARIES} - by_the_end
    assert "it broke" in found["network"]


def test_a_sandbox_that_raises_fails_and_nothing_is_raised() -> None:
    results = list(self_check(Scripted(RuntimeError("out of order"))))
    assert [result.failure for result in results if result.name != "probe"] == ["RuntimeError: out of order"] * (
        len(CHECKS) - 1
    )


def test_a_reason_makes_a_failure_known_and_the_sandbox_fit() -> None:
    sandbox = Scripted(ended("got through\ntried everything", exit_code=1))
    results = list(canaries(sandbox))
    assert not fit(results)
    reasons = {result.name: "it is only a script" for result in results if not result.ok}
    assert fit(list(canaries(sandbox, reasons)))
    assert not fit(list(canaries(sandbox, {**reasons, "network": ""})))


@pytest.fixture
def leaky(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Bubblewrap]:
    """A bubblewrap that is given further options, before or after the usual ones."""

    def make(before: str = "", after: str = "") -> Bubblewrap:
        script = tmp_path_factory.mktemp("leaky") / "bwrap"
        script.write_text(f'#!/bin/sh\na=$2\nshift 3\nexec /usr/bin/bwrap {before} --args "$a" {after} -- "$@"\n')
        for path in (script, *script.parents[:3]):
            if os.access(path, os.W_OK) and path.stat().st_uid == os.geteuid():
                path.chmod(path.stat().st_mode | 0o055)
        return Bubblewrap(str(script))

    return make


@pytest.mark.bubblewrap
def test_a_folder_of_the_host_is_found(leaky: Callable[..., Bubblewrap], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/var/tmp")
    with closing(leaky(before="--bind /var/tmp /var/tmp")) as sandbox:
        found = failures(sandbox)
    assert set(found) == {"host files", "writes"}, found
    assert found["writes"].startswith("/var/tmp can be written, /var/tmp/ttsd-canary-")
    assert not list(Path("/var/tmp").glob("ttsd-canary-*"))


@pytest.mark.bubblewrap
def test_a_variable_of_the_host_is_found(leaky: Callable[..., Bubblewrap]) -> None:
    with closing(leaky(after="--setenv SECRET planted")) as sandbox:
        assert failures(sandbox) == {"environment": "the variable SECRET can be read"}


def test_the_facts_of_the_machine_are_told() -> None:
    facts = dict(machine_facts())
    assert {"kernel", "user namespaces", "cgroups", "landlock", "seccomp", "bwrap", "docker", "runc", "runsc"} <= {
        *facts
    }
    assert all(value.strip() for value in facts.values())
