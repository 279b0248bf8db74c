"""Goes into a SECOND sandbox and runs pytest on a problem's test files there; the program under test is not in it.

The module that the tests import stands in for the program (see `standin`): each call of a function of it goes to the
host. pytest itself comes in the task as an archive. Messages out: `call`, one `case` for each item that ran, and
finally `done`, or `broken` when the tests fail by themselves.
A case is a test function, whatever its parameters are; pytest's own ids are shown in the error.
"""

from __future__ import annotations

import os
import random
import resource
import sys
from base64 import b64decode
from collections.abc import Iterator
from types import ModuleType
from typing import Any, cast

from sandboxes.guest.channel import Channel
from sandboxes.guest.files import write_files
from sandboxes.guest.scratch import SCRATCH
from sandboxes.guest.standin import MAX_TEXT, Link, StandInModule, words
from sandboxes.wire import Json, Message

FOLDER, ARCHIVE = f"{SCRATCH}/tests", f"{SCRATCH}/pytest.zip"
# No settings, and no conftest.py, of folders above: not all may be read.
OPTIONS = (
    *("--rootdir", FOLDER, "--confcutdir", FOLDER, "-c", "/dev/null"),
    *("-q", "-p", "no:cacheprovider", "-p", "no:faulthandler"),
)


def main(descriptor: int) -> None:
    channel = Channel(descriptor)
    channel.send({"ready": True})
    task = channel.receive()
    if task is not None:
        limit = int(str(task["memory_bytes"]))
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        link = Link(channel)
        link.tell(_run(link, task))


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
    reporter = Reporter(link, pytest, frozenset(cast("list[str]", task["hidden"])))
    ended = pytest.main([*OPTIONS, FOLDER], plugins=[reporter])
    if reporter.ending is not None:
        return reporter.ending
    return {"done": None} if ended in (0, 1) else {"broken": f"pytest ended with {ended!s}"}


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

    def __init__(self, link: Link, pytest: Any, hidden: frozenset[str]) -> None:
        self._link, self._hidden = link, hidden
        # By class and not by name, for the program names its exceptions as it likes.
        self._skipped, self._xfailed = pytest.skip.Exception, pytest.xfail.Exception
        self._test = pytest.Item
        self.ending: Message | None = None
        self._item: Message = {}
        self._calls = 0

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Hidden cases last: the program may find the arguments of earlier calls in its memory, and tell them."""
        items.sort(key=lambda item: case_of(item) in self._hidden)

    def pytest_runtestloop(self, session: Any) -> None:
        """Comes when all is collected, before the first item runs."""
        if self.ending is None:
            ids: list[Json] = list(dict.fromkeys(case_of(item) for item in session.items))
            self._link.tell({"collected": ids})

    def pytest_runtest_logstart(self) -> None:
        self._item, self._calls = {}, self._link.calls

    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        """Comes for set-up, call and tear-down; the first that fails tells."""
        if self._item.get("status", "pass") != "pass":
            return
        self._item = {"case": case_of(item), "status": "pass"}
        if call.excinfo is not None:
            self._item.update(self._failure(item, call.excinfo.value))

    def pytest_runtest_logreport(self, report: Any) -> None:
        """What pytest makes of it in the end: a test that is expected to fail may."""
        expected = hasattr(report, "wasxfail") and not report.failed
        if expected and self._item.get("status") != "skipped":
            self._item.update({"status": "pass", "error": ""})
        elif report.failed and self._item["status"] == "pass":  # strict, and it passed
            self._item.update({"status": "wrong_answer", "error": str(report.longrepr)[:MAX_TEXT]})

    def pytest_runtest_logfinish(self) -> None:
        self._link.tell(self._item)

    def pytest_exception_interact(self, node: Any, call: Any) -> None:
        """A file that cannot be collected: its own code fails, or the program fails in it."""
        error = call.excinfo.value
        if isinstance(node, self._test) or self.ending is not None:
            return
        cause = error.__cause__ or error  # pytest wraps what importing a file raises
        if self._broken(cause):
            self.ending = {"broken": f"{node.nodeid}: {words(cause)}"[:MAX_TEXT]}
        else:
            self.ending = {"done": self._link.report(cause)}

    def pytest_internalerror(self, excrepr: Any) -> None:
        self.ending = {"broken": f"pytest failed: {str(excrepr)[-MAX_TEXT:]}"}

    def _failure(self, item: Any, error: BaseException) -> dict[str, Json]:
        if isinstance(error, self._xfailed):
            return {"status": "pass", "error": ""}
        if isinstance(error, self._skipped):
            return {"status": "skipped", "error": words(error).removeprefix("Skipped: ")[:MAX_TEXT]}
        if self._broken(error) and self.ending is None:
            self.ending = {"broken": f"{item.nodeid}: {words(error)}"[:MAX_TEXT]}
        report = self._link.report(error)
        if report["status"] == "wrong_answer":
            report["error"] = "\n".join(self._explained(item, error))[: 2 * MAX_TEXT]
        return report

    def _explained(self, item: Any, error: BaseException) -> Iterator[str]:
        """The parameters, the program's last calls, and what pytest says."""
        if "[" in item.name:
            yield item.name
        for asked, value in self._link.account(self._calls):
            yield f"{asked} returned {value}"
        yield words(error).removeprefix("AssertionError: ")

    def _broken(self, error: BaseException) -> bool:
        """Whether the tests fail by themselves, so that nothing is learnt about the program."""
        if not self._link.asked or self._link.refused:
            return not isinstance(error, AssertionError)
        return isinstance(error, ImportError) and error is not self._link.raised


def case_of(item: Any) -> str:
    """`feedback/test_sums.py::TestLarge::test_two`: pytest's id without the parameters."""
    names = [node.name for node in item.listchain() if type(node).__name__ in ("Class", "UnitTestCase")]
    return "::".join([item.path.relative_to(FOLDER).as_posix(), *names, item.originalname])
