"""Programs judged by any executable: a compiler, a proof checker, a database, a simulator.

The command is started in the folder of its own files, with the path of the program's file as its last argument, in a
sandbox of its own. It prints ONE JSON object to standard output, nothing else, and exits with 0:

    {"status": "pass"}                                    or wrong_answer, runtime_error, compile_error, time_limit,
                                                          memory_limit, output_limit
    {"status": ..., "detail": "line 3: unknown tactic"}   what may be said about it (optional)
    {"status": ..., "cases": [{"id": "small", "status": "pass", "detail": ...}, ...]}
                                                          when the problem names its cases: each of them once; the
                                                          status is pass when all of them pass, and only then

Anything else is no verdict. A command that gave one on another program, or gives one on an empty one, works: what it
came to is then this program's doing, and the attempt has failed. A command that does neither raises ChecksBroken. The
limits hold for the command and all that it starts; to hit one of time, memory or output is the attempt's failure.
Not promised: protection of the command from the program. Both are in one sandbox, under one user, so a command which
runs the program must not let it write to the same standard output, nor trust a file that the program could have
changed; and one that loads the program into its own process can be made to say anything. Print the verdict from a
process that the program cannot reach: it gets a pipe, a deadline and one chance to answer.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace

from sandboxes.errors import ChecksBroken
from sandboxes.sandbox import Sandbox
from sandboxes.types import Case, CaseResult, Checks, Program, Status, Tier, Verdict
from sandboxes.verifiers.base import clip, judged, require_cases
from sandboxes.verifiers.candidate import Ended
from sandboxes.verifiers.judges import EMPTY, Judge, NoJudgement, require_files, told_in_a_line
from sandboxes.wire import Json

ONLY = "command"  # the id of the case of a problem that names none
STATUSES = (
    *(Status.PASS, Status.WRONG_ANSWER, Status.RUNTIME_ERROR, Status.COMPILE_ERROR),
    *(Status.TIME_LIMIT, Status.MEMORY_LIMIT, Status.OUTPUT_LIMIT),
)
_LIMITS = (Status.TIME_LIMIT, Status.MEMORY_LIMIT, Status.OUTPUT_LIMIT)  # hit because of the program
FAILED = "What judges the program gave no verdict on it, though it does on others"
MAX_PRINTED = 200  # characters of what is no verdict


class CommandVerifier:
    """See `sandboxes.verifiers.base.Verifier`. `command` is what to run, `module` the name of the program's file.

    Case ids are those in the command's answer, or the one case `command`.
    """

    def __init__(self, checks: Checks, sandbox: Sandbox) -> None:
        require_cases(checks)
        if not checks.command:
            raise ValueError("the checks do not say what to run: set `command`")
        if not checks.module or "/" in checks.module:
            raise ValueError(f"{checks.module!r} cannot be the name of the program's file: set `module`")
        require_files(checks)
        self._checks, self._sandbox = checks, sandbox
        self._works = False  # it has given a verdict

    def verify(self, program: Program) -> Verdict:
        return judged(self._sandbox, self._checks, program, self._judge)

    def _judge(self, program: Program) -> Verdict | list[CaseResult]:
        checks = self._checks
        with closing(Judge(self._sandbox, "command", checks, checks.limits, with_program=True)) as judge:
            try:
                return self._ask(judge, program.source)
            except NoJudgement as reason:
                self._require_working(judge, reason)
                return self._failed(str(reason))

    def _ask(self, judge: Judge, source: str) -> list[CaseResult]:
        """What the command says, or the limit that it hit."""
        checks, ended = self._checks, judge.ask({"program": source})
        if ended.result:
            raise ChecksBroken(
                f"the command {checks.command[0]!r} cannot be started in the sandbox ({ended.result}); install it "
                "where the sandbox finds it, begin a script with its #! line, or mend `run` in [command]"
            )
        status, told = ended.failure(checks.limits) or (Status.PASS, "")
        if status in _LIMITS:
            return [_result(case, status, told, ended) for case in checks.cases]
        if status is not Status.PASS:
            raise NoJudgement(told_in_a_line(told, ended.stderr))
        found = self._read(ended)
        self._works = True
        return found

    def _require_working(self, judge: Judge, reason: NoJudgement) -> None:
        """ChecksBroken when it cannot judge an empty program either, and has never judged any."""
        try:
            if not self._works:
                self._ask(judge, EMPTY)
        except NoJudgement:
            raise ChecksBroken(
                f"the command {self._checks.command[0]!r} gives no verdict, on an empty program neither ({reason}); "
                "mend it: it must print one JSON object, nothing else, and exit with 0"
            ) from reason

    def _failed(self, reason: str) -> Verdict:
        """What it complains of may hold a hidden test, and is then in the record alone."""
        cases = self._checks.cases
        hidden = any(case.tier is Tier.CONFIRM for case in cases)
        shown = f"{FAILED}." if hidden else f"{FAILED} ({reason})."
        found = [CaseResult(case.id, case.tier, Status.RUNTIME_ERROR, error=clip(shown)) for case in cases]
        return replace(Verdict.of(found, sandbox="", seconds=0.0), detail=clip(f"{FAILED} ({reason})."))

    def _read(self, ended: Ended) -> list[CaseResult]:
        try:
            told = _object(json.loads(ended.stdout, object_pairs_hook=_without_repeats), ("status", "detail", "cases"))
            if [case.id for case in self._checks.cases] == [ONLY]:
                return [_case(self._checks.cases[0], _object(told, ("status", "detail")), ended)]
            return self._read_cases(told, ended)
        except (ValueError, RecursionError) as error:
            printed = clip(ended.stdout)[:MAX_PRINTED]
            raise NoJudgement(f"{error}; it printed {printed!r}") from error

    def _read_cases(self, told: dict[str, Json], ended: Ended) -> list[CaseResult]:
        listed = told.get("cases")
        rows = [_object(row, ("id", "status", "detail")) for row in (listed if isinstance(listed, list) else [])]
        by_id = {str(row.get("id")): row for row in rows}
        wanted = [case.id for case in self._checks.cases]
        if len(rows) != len(wanted) or by_id.keys() != {*wanted}:
            raise ValueError(f"cases must hold each of {', '.join(wanted)} once")
        found = [_case(case, by_id[case.id], ended) for case in self._checks.cases]
        if (_status(told) is Status.PASS) != all(case.status is Status.PASS for case in found):
            raise ValueError("the status must be pass when every case passes, and only then")
        return found


def _object(value: Json, allowed: tuple[str, ...]) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise ValueError("it must be one JSON object")
    if unknown := value.keys() - {*allowed}:
        raise ValueError(f"the key {min(unknown)!r} is none of {', '.join(allowed)}")
    return value


def _without_repeats(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key is there twice")
    return dict(pairs)


def _status(row: dict[str, Json]) -> Status:
    status = row.get("status")
    if status not in STATUSES:
        raise ValueError(f"the status {status!r} is none of {', '.join(STATUSES)}")
    return Status(status)


def _case(case: Case, row: dict[str, Json], ended: Ended) -> CaseResult:
    detail = row.get("detail", "")
    if not isinstance(detail, str):
        raise ValueError("detail must be text")
    return _result(case, _status(row), detail, ended)


def _result(case: Case, status: Status, told: str, ended: Ended) -> CaseResult:
    return CaseResult(case.id, case.tier, status, "", clip(told), ended.cpu_s, ended.wall_s)
