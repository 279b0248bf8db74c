"""A run with the scripted sampler in a process of its own, so that it can be killed: python scripted_run.py FOLDER

Attempt 117 is right. Every sampled attempt is noted in FOLDER/../sampled.log, beside the record, to catch one that is
sampled twice. Waits a little everywhere, so that a kill finds it at any stage.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from sandboxes.types import Case, CaseResult, Checks, Program, Status, Tier, Verdict
from ttsd.methods.base import Method
from ttsd.methods.prompting import plain
from ttsd.record import Record
from ttsd.sampling.scripted import ScriptedSampler
from ttsd.solver import Budget, Silent, solve
from ttsd.types import Problem, Rollout, Step

CASE = Case("one", Tier.FEEDBACK, "1", "2")
PROBLEM = Problem("scripted", "Print 2.", Checks("stdio", (CASE,)))
RIGHT = 117


class SlowVerifier:
    def verify(self, program: Program) -> Verdict:
        time.sleep(0.004)
        status = Status.PASS if "right" in program.source else Status.WRONG_ANSWER
        return Verdict.of([CaseResult("one", Tier.FEEDBACK, status)], sandbox="none", seconds=0.004)


class CountingLearner:
    """Its adapter is a file that says which attempts it has learned from."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def learn(self, problem: Problem, group: int, rollouts: list[Rollout]) -> Step:
        version = self.record.policy_version + 1
        before = self.record.adapter(version - 1) / "learned"
        text = (before.read_text() if version > 1 else "") + " ".join(str(each.attempt.k) for each in rollouts) + "\n"

        def write(folder: Path) -> None:
            time.sleep(0.01)
            (folder / "learned").write_text(text)

        self.record.save_adapter(version, write, keep={version - 1})
        return Step(group, version, "update", metrics={"learning_rate": 0.0})


def main(folder: Path) -> None:
    log = os.open(folder.parent / "sampled.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def answer(k: int) -> str:
        time.sleep(0.004)
        return f"```python\n{'right' if k == RIGHT else 'wrong'}  # {k}\n```"

    class Noting(ScriptedSampler):
        def sample(self, requests, group):
            for attempt in super().sample(requests, group):
                yield attempt
                # Reached when the loop asks for the next one: by then this one is in the record.
                os.write(log, f"{attempt.k}\n".encode())

    record = Record.open(folder) if (folder / "run.json").exists() else Record.create(folder, {"begun": True})
    sampler = Noting(answer)
    sampler.use(record.policy_version)
    method = Method("counting", plain, CountingLearner(record))
    record.result(solve(PROBLEM, method, sampler, SlowVerifier(), record, Budget(160, 8), Silent()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
