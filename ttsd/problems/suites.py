"""Suites of problems: found by name through the entry-point group `ttsd.suites`, loaded only when asked for.

A suite is a class that is made without arguments. A suite of your own is one line in your package's pyproject.toml:

    [project.entry-points."ttsd.suites"]
    mysuite = "mypackage.suite:MySuite"
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, cast

from ttsd.errors import UserError, did_you_mean, seen
from ttsd.types import Problem

GROUP = "ttsd.suites"


class Suite(Protocol):
    """A collection of problems."""

    name: str

    def ids(self) -> list[str]:
        """Every id, in the suite's own order. Raises `UserError` when its data is not installed."""
        ...

    def load(self, problem_id: str) -> Problem:
        """The problem of that id. Raises `UserError` when there is none."""
        ...


def suite_names() -> list[str]:
    return sorted(_installed())


def open_suite(name: str) -> Suite:
    """The suite of that name."""
    found = _installed().get(name)
    if found is None:
        raise UserError(
            f"no suite is called {seen(name)}{did_you_mean(name, suite_names())}: "
            f"installed are {', '.join(suite_names()) or 'none'}; give a folder or suite:id"
        )
    return cast(Suite, found.load()())


def load_from_suite(name: str, problem_id: str) -> Problem:
    return open_suite(name).load(problem_id)


def unknown_id(suite: str, problem_id: str, ids: list[str]) -> UserError:
    """The refusal for `Suite.load`."""
    return UserError(
        f"the suite {suite} has no problem {seen(problem_id)}{did_you_mean(problem_id, ids)}: "
        f"its {len(ids)} ids go from {ids[0]} to {ids[-1]}, as in {suite}:{ids[0]}"
    )


def _installed() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}
