"""Goes into a SECOND sandbox and runs pytest on a problem's test files there; the program under test is not in it.

The module that the tests import stands in for the program (see `standin`): each call of a function of it goes to the
host. pytest itself comes in the task as an archive. Messages out: `call`, one `case` for each item that ran, and
finally `done`, or `broken` when the tests fail by themselves: before the program was asked anything. What fails later
without having asked it itself may still owe that to a value which another test has left, so it counts. When nothing
else failed, `done` tells what these did as `alone`: run `only` them in a fresh sandbox, and what fails there in the
same way is broken.
A case is a test function, whatever its parameters are; pytest's own ids are shown in the error.
"""

from __future__ import annotations

import os
import random
import sys
from base64 import b64decode
from collections.abc import Iterator
from types import ModuleType
from typing import Any, cast

from sandboxes.guest.files import write_files
from sandboxes.guest.raised import is_the_programs
from sandboxes.guest.scratch import SCRATCH
from sandboxes.guest.standin import MAX_TEXT, Link, Refused, StandInModule, serve, words
from sandboxes.wire import Json, Message

FOLDER, ARCHIVE = f"{SCRATCH}/tests", f"{SCRATCH}/pytest.zip"
MAX_ALONE = 20  # tests; as many as the program likes may fail in a loop over what it returned
OPTIONS = (
    # No settings, and no conftest.py, of folders above: not all may be read.
    *("--rootdir", FOLDER, "--confcutdir", FOLDER, "-c", "/dev/null"),
    *("-q", "-p", "no:cacheprovider", "-p", "no:faulthandler"),
    # An assertion that fails in a thread fails the test.
    *("-W", "error::pytest.PytestUnhandledThreadExceptionWarning"),
)
_TO_THE_END = (0, 1)  # pytest's codes for: all passed, some failed


def main(descriptor: int) -> None:
    serve(descriptor, _run)


def _run(link: Link, task: Message) -> Message:
    with open(ARCHIVE, "wb") as file:
        file.write(b64decode(str(task["pytest"])))
    write_files(FOLDER, task["files"])
    os.chdir(FOLDER)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.path[:0] = [FOLDER, ARCHIVE]
    _stand_in(link, str(task["module"]))
    try:
        import pytest
    except Exception as error:  # this Python may be too old for it
        return {"broken": f"pytest cannot be imported by the sandbox's Python: {type(error).__name__}: {error}"}
    random.seed(0)  # a verdict should not depend on the day
    only = cast("dict[str, str]", task["only"])
    reporter = Reporter(link, pytest, frozenset(cast("list[str]", task["hidden"])), only)
    try:
        ended = pytest.main([*OPTIONS, *(only or [FOLDER])], plugins=[reporter])
    except SystemExit as error:  # pytest lets it through when a conftest.py raises it
        return reporter.last_word(words(error)[:MAX_TEXT])
    return reporter.last_word(ended)


def _stand_in(link: Link, name: str) -> None:
    """Put the module, and the packages that it is said to lie in, where `import` finds them."""
    *packages, _ = names = name.split(".")
    for depth in range(len(packages)):
        package = ModuleType(".".join(names[: depth + 1]))
        package.__path__ = []
        sys.modules[package.__name__] = package
    sys.modules[name] = module = StandInModule(link, name)
    if packages:
        setattr(sys.modules[".".join(packages)], names[-1], module)


class Reporter:
    """A plug-in of pytest: tells the host how each item went, and how the whole ended."""

    def __init__(self, link: Link, pytest: Any, hidden: frozenset[str], only: dict[str, str]) -> None:
        self._link, self._hidden, self._only = link, hidden, only
        # By class and not by name, for the program names its exceptions as it likes.
        self._skipped, self._xfailed = pytest.skip.Exception, pytest.xfail.Exception
        self._test = pytest.Item
        self._ending: Message | None = None
        self._alone: dict[str, Json] = {}  # what failed without having asked the program, after others had
        self._failed = False  # something else did
        self._earlier = False  # the program was asked before this test; `Link.asked` is of this test alone
        self._item: Message = {}
        self._calls = 0
        self._may_fail = False

    def last_word(self, ended: object) -> Message:
        if self._ending is None and ended not in _TO_THE_END:
            self._end(f"pytest ended with {ended!r}")
        alone = {} if self._failed else dict(list(self._alone.items())[:MAX_ALONE])
        return {"alone": alone, **(self._ending or {"done": None})}

    def pytest_collectstart(self) -> None:
        self._begin()

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Hidden cases last: the program may find the arguments of earlier calls in its memory, and tell them."""
        items.sort(key=lambda item: case_of(item) in self._hidden)

    def pytest_runtestloop(self, session: Any) -> None:
        """Comes when all is collected, before the first item runs."""
        if self._ending is None:
            ids: list[Json] = list(dict.fromkeys(case_of(item) for item in session.items))
            self._link.tell({"collected": ids})

    def pytest_runtest_protocol(self, item: Any) -> None:
        self._begin()
        self._item, self._calls = {}, self._link.calls
        self._may_fail = _is_expected_to_fail(item)  # now: a test may add the marker for what was returned

    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        """Comes for set-up, call and tear-down; the first that fails tells."""
        if self._item.get("status", "pass") != "pass":
            return
        self._item = {"case": case_of(item), "status": "pass"}
        if call.excinfo is not None:
            self._item.update(self._failure(item, call.excinfo.value))

    def pytest_runtest_logreport(self, report: Any) -> None:
        """What pytest makes of it in the end: a test that is expected to fail may."""
        if self._may_fail and hasattr(report, "wasxfail") and not report.failed:
            self._item.update({"status": "pass", "error": ""})
        elif report.failed and self._item["status"] == "pass":  # strict, and it passed
            self._item.update({"status": "wrong_answer", "error": str(report.longrepr)[:MAX_TEXT]})

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._failed = self._failed or (self._item["status"] != "pass" and nodeid not in self._alone)
        self._link.tell(self._item)

    def pytest_exception_interact(self, node: Any, call: Any) -> None:
        """A file that cannot be collected: its own code fails, or the program fails in it."""
        error = call.excinfo.value
        if isinstance(node, self._test) or self._ending is not None:
            return
        cause = error.__cause__ or error  # pytest wraps what importing a file raises
        self._blame(node, cause)
        self._ending = self._ending or {"done": self._link.report(cause)}

    def pytest_internalerror(self, excrepr: Any) -> None:
        self._end(f"pytest failed: {str(excrepr)[-MAX_TEXT:]}")

    def _begin(self) -> None:
        self._earlier = self._earlier or self._link.asked
        self._link.asked = False

    def _untouched(self) -> bool:
        """Whether nothing here can have come from the program."""
        return not self._earlier and not self._link.asked

    def _end(self, told: str) -> None:
        failed: Message = {"done": {"status": "wrong_answer", "error": told}}
        self._ending = {"broken": told} if self._untouched() else failed

    def _failure(self, item: Any, error: BaseException) -> dict[str, Json]:
        """A test that leaves by skip() or xfail() has failed, unless no value of the program can have made it."""
        if isinstance(error, self._xfailed) and (self._may_fail or self._untouched()):
            return {"status": "pass", "error": ""}
        if isinstance(error, self._skipped) and self._by_itself(item, error):
            return {"status": "skipped", "error": words(error).removeprefix("Skipped: ")[:MAX_TEXT]}
        if not self._may_fail:
            self._blame(item, error)
        report = self._link.report(error)
        if report["status"] == "wrong_answer":
            report["error"] = "\n".join(self._explained(item, error))[: 2 * MAX_TEXT]
        return report

    def _by_itself(self, node: Any, error: BaseException) -> bool:
        told = words(error)[:MAX_TEXT]
        return self._untouched() and self._only.get(node.nodeid, told) == told

    def _blame(self, node: Any, error: BaseException) -> None:
        """Find out whether the tests fail by themselves, so that nothing is learnt about the program."""
        if is_the_programs(error):
            return
        if self._by_itself(node, error) or isinstance(error, (Refused, ImportError)):
            self._ending = self._ending or {"broken": f"{node.nodeid}: {words(error)}"[:MAX_TEXT]}
        elif not self._link.asked:
            self._alone[node.nodeid] = words(error)[:MAX_TEXT]

    def _explained(self, item: Any, error: BaseException) -> Iterator[str]:
        """The parameters, the program's last calls, and what pytest says."""
        if "[" in item.name:
            yield item.name
        for asked, value in self._link.account(self._calls):
            yield f"{asked} returned {value}"
        yield words(error).removeprefix("AssertionError: ")


def _is_expected_to_fail(item: Any) -> bool:
    by_unittest = any(getattr(part, "__unittest_expecting_failure__", False) for part in (item.obj, item.cls))
    return by_unittest or item.get_closest_marker("xfail") is not None


def case_of(item: Any) -> str:
    """`feedback/test_sums.py::TestLarge::test_two`: pytest's id without the parameters."""
    names = [node.name for node in item.listchain() if type(node).__name__ in ("Class", "UnitTestCase")]
    return "::".join([item.path.relative_to(FOLDER).as_posix(), *names, item.originalname])
