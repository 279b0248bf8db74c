"""Odd and hostile programs: right ones pass, the others never do, each is told what happened, and nothing is left.

The whole of it as an ordinary user: setpriv --reuid=65534 --regid=65534 --clear-groups -- python -m pytest
-p no:cacheprovider --basetemp=$(mktemp -d) tests/sandboxes/hostile
"""

from __future__ import annotations

import os
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from corpus import MARK, Trial, trials
from known_failures import KNOWN_FAILURES
from onlooker import running

from sandboxes.sandbox import Sandbox
from sandboxes.types import Status, Verdict
from sandboxes.verifiers.base import make_verifier
from ttsd.feedback import make_feedback
from ttsd.types import Problem

ALL = {trial.name: trial for trial in trials()}
EACH = [pytest.param(trial, id=name) for name, trial in ALL.items()]
PLANTED = [pytest.param(trial, id=name) for name, trial in ALL.items() if trial.planted]
BOMBS = (
    "bombs/fork",
    "bombs/threads",
    "bombs/private_memory",
    "bombs/disk",
    "bombs/endless_output",
    "kills/everything",
)
RIGHT = ("right/helper_child", "right/child_that_inherits_stdout", "right/much_memory_under_the_limit")
TEMPLATE_TOKENS = ("<|im_end|>", "</s>", "[INST]")
FOLDERS = ("/tmp", "/dev/shm", "/var/tmp", "/run", "/box", "/dev", "/dev/mqueue", os.path.expanduser("~"))


def judge(trial: Trial, sandbox: Sandbox) -> Verdict:
    return make_verifier(trial.checks, sandbox).verify(trial.program)


def feedback(trial: Trial, verdict: Verdict) -> str:
    return make_feedback(verdict, Problem(trial.name, "", trial.checks, source=trial.name)).text


@pytest.mark.parametrize("trial", EACH)
def test_it_ends_as_it_should(
    trial: Trial, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if why := trial.hole or KNOWN_FAILURES.get(sandbox.name, {}).get(trial.name, ""):
        request.applymarker(pytest.mark.xfail(strict=True, reason=why))
    monkeypatch.setattr("sandboxes.verifiers.candidate.GRACE_S", trial.grace_s)
    verdict = judge(trial, sandbox)
    told = feedback(trial, verdict)
    if trial.each:
        assert tuple(case.status for case in verdict.cases) == trial.each, told
    else:
        assert verdict.status in trial.status, told or verdict.detail
    assert [text for text in trial.says if text not in told] == [], told
    assert bool(told) == (verdict.status is not Status.PASS)
    assert [char for char in told if char not in "\n\t" and unicodedata.category(char)[0] == "C"] == []
    assert [token for token in TEMPLATE_TOKENS if token in told] == []


@pytest.mark.parametrize("trial", EACH)
def test_it_is_meant_to_pass_only_when_it_is_right(trial: Trial) -> None:
    """A mistake in the first lines of a file would make a hostile program a right one."""
    may_pass = {Status.PASS} & {*trial.status, *trial.each[-1:]}
    right = ("right/", "leftovers/", "compile/", "kills/")
    assert bool(trial.status) != bool(trial.each)
    assert not may_pass or trial.name.startswith(right)


@pytest.mark.parametrize("trial", PLANTED)
def test_a_search_finds_what_lies_in_its_own_process(trial: Trial, sandbox: Sandbox) -> None:
    """So that finding nothing means that nothing is there."""
    if trial.name in KNOWN_FAILURES.get(sandbox.name, {}):
        pytest.skip(KNOWN_FAILURES[sandbox.name][trial.name])
    case = trial.checks.cases[0]
    program = replace(trial.program, preamble=f"planted = [{case.expected!r}]")
    verdict = make_verifier(replace(trial.checks, cases=(case,)), sandbox).verify(program)
    assert verdict.status is Status.PASS, verdict


def test_what_is_left_behind_does_not_outlive_its_case(sandbox: Sandbox) -> None:
    for name, trial in ALL.items():
        if name.startswith(("leftovers/", "smuggling/")):
            assert judge(trial, sandbox).status is not Status.UNAVAILABLE
    assert running(MARK) == []
    assert [path for folder in FOLDERS for path in Path(folder).glob(f"*left-{MARK}*")] == []
    assert [line for kind in ("shm", "sem", "msg") for line in _ipc(kind) if line.split()[0] == str(0x7D57)] == []


def _ipc(kind: str) -> list[str]:
    return Path(f"/proc/sysvipc/{kind}").read_text().splitlines()


def test_a_flood_does_not_stay_in_the_judges_memory(sandbox: Sandbox) -> None:
    judge(ALL["bombs/endless_output"], sandbox)
    before = _resident_bytes()
    for _ in range(5):
        judge(ALL["bombs/endless_output"], sandbox)
    assert _resident_bytes() - before < 32 << 20


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_an_attempt_that_kills_its_sandbox_leaves_nothing_open_here(sandbox: Sandbox) -> None:
    trial = ALL["kills/everything"]
    judge(trial, sandbox)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        judge(trial, sandbox)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_neighbour_of_bombs_is_not_harmed(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(2) as pool:
        bombing = [pool.submit(judge, ALL[name], sandbox) for name in BOMBS]
        verdicts = []
        while not all(future.done() for future in bombing):
            verdicts += [judge(ALL[name], sandbox) for name in RIGHT]
    assert {verdict.status for verdict in verdicts} == {Status.PASS}, [v for v in verdicts if not v.reward]
    assert Status.PASS not in {future.result().status for future in bombing}
