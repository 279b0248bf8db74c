"""Reading a problem: a folder, a Kattis/ICPC package or a row of a suite becomes a `Problem`.

`load_problem` never runs anything that it reads; whatever is broken is refused with one sentence (`UserError`).
"""

from __future__ import annotations

import os
from pathlib import Path

from ttsd.errors import UserError, did_you_mean, seen
from ttsd.problems.kattis import load_kattis
from ttsd.problems.native import load_native
from ttsd.problems.suites import load_from_suite, suite_names
from ttsd.types import Problem

_READERS = {"problem.toml": load_native, "problem.yaml": load_kattis}


def load_problem(spec: str) -> Problem:
    """The problem behind what a user typed: a folder, or `suite:id`. A folder of that name wins."""
    folder = Path(spec)
    if os.path.isdir(spec):  # and not Path.is_dir, which raises when no file can have such a name
        return _load_folder(folder)
    suite, colon, problem_id = spec.partition(":")
    if colon:
        return load_from_suite(suite, problem_id)
    raise UserError(f"no problem {seen(spec)}: {_remedy(folder)}")


def _load_folder(folder: Path) -> Problem:
    for manifest, reader in _READERS.items():
        if (folder / manifest).exists():
            return reader(folder)
    raise UserError(
        f"the folder {folder} holds neither problem.toml (ours) nor problem.yaml (a Kattis package): "
        "name the folder that does, or start one with `ttsd new DIR`"
    )


def _remedy(path: Path) -> str:
    suites = suite_names()
    if os.path.isfile(path):
        return f"it is a file, so give the folder that holds it, {path.parent}"
    if path.name in suites:
        return f"{path.name} is a suite, so give one problem of it as {path.name}:ID"
    return (
        f"there is no such folder{did_you_mean(path.name, _folders_beside(path))}; give a folder that holds a "
        f"problem.toml or problem.yaml, or suite:id (installed suites: {', '.join(suites) or 'none'})"
    )


def _folders_beside(path: Path) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(path.parent) if entry.is_dir()]
    except (OSError, ValueError):  # there is no such place, or none can be
        return []
