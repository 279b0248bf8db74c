"""Goes into a SECOND sandbox and runs a problem's test code there; the program under test is not in it.

Messages out: `call` (see `standin`), one `assertion` for each time that one ran, and finally `done` or, when the test
code fails by itself, `broken`.
"""

from __future__ import annotations

import ast
import random
from types import TracebackType

from sandboxes.guest.raised import is_the_programs
from sandboxes.guest.rewrite import CHECK, WRAPPER, names_nowhere_bound, wrapped
from sandboxes.guest.standin import MAX_TEXT, Link, Refused, StandIn, Stopped, serve
from sandboxes.wire import Json, Message

PREAMBLE_FILE, TESTS_FILE = "preamble.py", "tests.py"


class Assertion:
    """Context manager around one assertion: reports how it went, and lets the others run."""

    def __init__(self, run: Run, index: int, line: str) -> None:
        self._run, self._link = run, run.link
        self._index, self._line = index, line.replace("candidate(", f"{run.entry}(")

    def __enter__(self) -> None:
        self._since = self._link.calls

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            self._link.tell({"assertion": self._index, "status": "pass"})
            return True
        if not isinstance(error, (Exception, Stopped)) or self._run.broken(error):
            return False
        report = self._link.report(error)
        if report["status"] == "wrong_answer":
            report = self._explained(report)
        self._link.tell({"assertion": self._index, **report})
        return True

    def _explained(self, report: dict[str, Json]) -> dict[str, Json]:
        calls = self._link.account(self._since)
        told = [f"{asked} returned {value}" for asked, value in calls]
        parts = [self._line[:MAX_TEXT], *told, str(report["error"])]
        return {**report, "actual": calls[-1][1] if calls else "", "error": "\n".join(part for part in parts if part)}


class Run:
    """One run of the test code."""

    def __init__(self, link: Link, task: Message) -> None:
        self.link = link
        self.entry = str(task["entry"])
        self._preamble, self._tests = str(task["preamble"]), str(task["test_source"])
        self._undefined: frozenset[str] = frozenset()  # names of the test code that no program can bring about

    def __call__(self) -> Message:
        space: dict[str, object] = {"__name__": "__main__"}  # a main guard may be what calls the tests
        candidate = StandIn(self.link, self.entry)
        try:
            before, tests = ast.parse(self._preamble), ast.parse(self._tests)
            self._undefined = names_nowhere_bound([before, tests]) - {self.entry}
            exec(compile(before, PREAMBLE_FILE, "exec"), space)
            space[self.entry] = candidate  # some tests name the function itself
            space[WRAPPER] = lambda index, line: Assertion(self, index, line)
            exec(compile(wrapped(tests), TESTS_FILE, "exec"), space)
            check = space[CHECK]
        except (Exception, SystemExit) as error:
            return _told_broken(error)
        random.seed(0)  # a verdict should not depend on the day
        try:
            check(candidate)  # type: ignore[operator]
        except BaseException as error:
            return _told_broken(error) if self.broken(error) else {"done": self.link.report(error)}
        return {"done": None}

    def broken(self, error: BaseException) -> bool:
        """Whether the test code fails by itself, so that nothing is learnt about the program."""
        if not self.link.asked:
            return not isinstance(error, AssertionError)
        if is_the_programs(error):
            return False
        if isinstance(error, NameError):
            return _is_of_the_tests(error) and _name_in(error) in self._undefined
        # An exit with a status may be how the test says that a value is wrong.
        return isinstance(error, (Refused, ImportError)) or (isinstance(error, SystemExit) and not error.code)


def _is_of_the_tests(error: BaseException) -> bool:
    """Whether a line of the test code itself raised it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_code.co_filename in (PREAMBLE_FILE, TESTS_FILE)


def _name_in(error: NameError) -> str:
    """The name it is about. The exception's own `name` came with Python 3.10."""
    return str(error).split("'")[1] if "'" in str(error) else ""


def main(descriptor: int) -> None:
    serve(descriptor, lambda link, task: Run(link, task)())


def _told_broken(error: BaseException) -> Message:
    told = str(error) if not isinstance(error, SystemExit) else "it ends the process that runs it"
    return {"broken": f"{type(error).__name__}: {told}"[:MAX_TEXT]}
