"""Our own problem folder. What the tests hold depends on the kind; the rest is the same for all.

    problem.toml      name, kind, entry, limits, comparison: see manifest.py
    statement.md      what the model reads, as it stands; print the sample tests in it yourself
    preamble.py       optional: imports and helpers that every program may rely on; for Python alone
    tests/            sample, feedback, confirm: any of the three tiers, at least one test in all
                      `secret` instead of feedback and confirm is split by the rule of tiers.py
      stdio           tests/feedback/NAME.in and NAME.out
      function        tests/feedback.jsonl: one {"args": [...], "expected": ...} a line
      assertions      tests/feedback.py: plain `assert` statements that call the entry by its name;
                      helpers, loops and imports are welcome, each assert is one test;
                      a function with assertions has to be called, as nothing looks for test_ functions.
                      A file that defines check(candidate), as HumanEval's do, works too.
      pytest          tests/feedback/test_*.py: pytest's files, which import `module`; each test function is one test.
                      conftest.py and helpers may lie in tests/ or beside them
    validator/        stdio, optional: a validator in Kattis' form says whether an output is right; NAME.out may then
                      hold whatever helps it
    evaluator/        evaluator: evaluator.py with evaluate(program_path), and its data; [tests] says what passes
    command/          command: the files of what judges; [tests] may name its cases
                      answer: nothing, [answer] says it all

Other files (a solution.py, notes) are left alone. Nothing is executed and no expected value is checked against
anything: `ttsd verify DIR solution.py` does that.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sandboxes.types import Case, Checks, Comparison, Tier
from ttsd.errors import UserError, did_you_mean
from ttsd.problems.drafts import SECRET, Drafts, read_assertions, read_function, read_stdio
from ttsd.problems.files import read_python, read_text, refuse_links_out, statement_of, visible
from ttsd.problems.judges import read_answer, read_command, read_evaluator, read_pytest, read_validator
from ttsd.problems.manifest import TIERS, Manifest, read_manifest
from ttsd.problems.tiers import split_tiers
from ttsd.textfiles import MAX_BYTES
from ttsd.types import Problem

_JUDGES = ("validator", "evaluator", "command")  # folders
_FIRST = {
    "stdio": "sample/1.in and sample/1.out",
    "function": "sample.jsonl",
    "assertions": "sample.py",
    "pytest": "sample/test_it.py",
}


def load_native(folder: Path) -> Problem:
    """The problem in a folder of ours. UserError says what in it is wrong, and the remedy."""
    refuse_links_out(folder, "problem.toml", "statement.md", "preamble.py", "tests", *_JUDGES)
    manifest = read_manifest(folder / "problem.toml")
    statement = _statement(folder / "statement.md")
    preamble = _preamble(folder / "preamble.py", manifest)
    found = _read_tests(folder, manifest)
    cases, notes = _with_tiers(found, manifest)
    checks = Checks(
        kind="validator" if manifest.kind == "stdio" and found.command else manifest.kind,
        cases=cases,
        limits=manifest.limits,
        entry=manifest.entry,
        comparison=manifest.comparison,
        test_source=found.test_source,
        files=found.files,
        command=found.command,
        module=found.module,
    )
    return Problem(manifest.name, statement, checks, manifest.language, preamble, str(folder.resolve()), notes)


def _statement(path: Path) -> str:
    if not path.exists():
        raise UserError(f"{path} is missing: write the problem there, in Markdown, as the model shall read it")
    return statement_of(path, read_text(path, MAX_BYTES))


def _preamble(path: Path, manifest: Manifest) -> str:
    if not path.exists():
        return ""
    if manifest.kind == "stdio" and manifest.language != "python":
        raise UserError(f"{path} has no meaning with language = {manifest.language!r}: remove it")
    return read_python(path)[0]


def _read_tests(folder: Path, manifest: Manifest) -> Drafts:
    tests = folder / "tests"
    readers: dict[str, Callable[[], Drafts]] = {
        "stdio": lambda: _read_stdio(folder, manifest),
        "function": lambda: read_function(_places(tests, ".jsonl")),
        "assertions": lambda: read_assertions(_places(tests, ".py"), manifest.entry),
        "pytest": lambda: read_pytest(tests, manifest),
        "evaluator": lambda: read_evaluator(folder / "evaluator", manifest),
        "command": lambda: read_command(folder / "command", manifest),
        "answer": lambda: read_answer(manifest),
    }
    found = readers[manifest.kind]()
    if not found.cases:
        raise UserError(f"{tests} holds no test at all: write one to {tests}/{_FIRST[manifest.kind]}")
    return found


def _read_stdio(folder: Path, manifest: Manifest) -> Drafts:
    found = read_stdio(_places(folder / "tests", ""))
    validator = folder / "validator"
    if not validator.is_dir():
        return found
    if manifest.comparison != Comparison():
        raise UserError(f"{manifest.path}: [comparison] has no meaning beside {validator}: remove one of them")
    files, command = read_validator(validator)
    return found._replace(files=files, command=command)


def _places(folder: Path, suffix: str) -> dict[str, Path]:
    """Tier (or `secret`) -> its folder or file, in the order of the tiers."""
    allowed = {tier + suffix: tier for tier in (*TIERS, SECRET)}
    found: dict[str, Path] = {}
    for entry in visible(folder) if folder.is_dir() else []:
        if entry.name not in allowed or entry.is_dir() == bool(suffix):
            what = "folders" if not suffix else "files"
            hint = did_you_mean(entry.name, allowed) if entry.name not in allowed else ""
            raise UserError(f"{entry} has no meaning here{hint}: {folder} may hold the {what} {', '.join(allowed)}")
        found[allowed[entry.name]] = entry
    if SECRET in found and found.keys() & {Tier.FEEDBACK.value, Tier.CONFIRM.value}:
        raise UserError(
            f"{folder} holds {SECRET}{suffix} beside feedback{suffix} or confirm{suffix}: "
            f"keep {SECRET}{suffix}, which is split for you, or the other two"
        )
    return {tier: found[tier] for tier in allowed.values() if tier in found}


def _with_tiers(found: Drafts, manifest: Manifest) -> tuple[tuple[Case, ...], tuple[str, ...]]:
    """The cases in their order, those of `secret` with the tier that the rule gives them."""
    secret = [draft.id for draft in found.cases if draft.place == SECRET]
    split = split_tiers(secret, name=manifest.name, seed=manifest.split_seed)
    tier_of = dict(zip(secret, split.tiers, strict=True))
    cases = tuple(
        Case(draft.id, tier_of.get(draft.id) or Tier(draft.place), draft.input, draft.expected) for draft in found.cases
    )
    return cases, (split.note,) if secret else ()
