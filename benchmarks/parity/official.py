"""LiveCodeBench's own grader, from a checkout of its public repository, as a process outside this project."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.suites.lcb_rows import RowTest

_DRIVER = Path(__file__).with_name("grader_driver.py")
# What LiveCodeBench writes into a program's list of results when a test was not passed.
_STATUSES = {-2: "wrong_answer", -3: "time_limit", -4: "runtime_error", -5: "runner_error"}


class OfficialGrader:
    """Judges programs one after the other; for use with `closing`.

    `checkout` is a clone of LiveCodeBench/LiveCodeBench, `python` an interpreter that has numpy and tqdm.
    The programs run with the rights of this process and without a sandbox.
    """

    def __init__(self, checkout: Path, python: Path) -> None:
        command = ["nice", str(python.absolute()), str(_DRIVER.absolute())]
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(checkout.absolute()), "LANG": "C.UTF-8"}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # where the programs' threads complain
            cwd=checkout,
            env=environment,
            text=True,
        )

    def judge(self, code: str, tests: Sequence[RowTest], function: str, timeout_s: int) -> tuple[str, int]:
        """How the program ended, in the words of `sandboxes.types.Status`, and how many tests it passed before."""
        listed = {
            "inputs": [test.input for test in tests],
            "outputs": [test.output for test in tests],
            "fn_name": function or None,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"code": code, "tests": listed, "timeout_s": timeout_s}), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("LiveCodeBench's grader ended: run its checkout by hand to see why")
        return outcome(json.loads(answer))

    def close(self) -> None:
        with self._process:
            self._process.kill()


def outcome(answer: dict[str, list[bool | int] | str]) -> tuple[str, int]:
    """The same of one answer of the grader: True for each test that was passed, then a number when one failed."""
    results = answer["results"]
    assert isinstance(results, list)
    if answer["message"] == "TestRunnerError":
        return _STATUSES[-5], 0
    if all(result > 0 for result in results):
        return "pass", len(results)
    return _STATUSES.get(int(results[-1]), _STATUSES[-2]), len(results) - 1
