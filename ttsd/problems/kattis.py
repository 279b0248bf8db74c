"""Kattis / ICPC problem packages: a folder with problem.yaml. The keys of both formats (legacy, 2023-07) are read.

Read are the statement (English first; Markdown before LaTeX), the tests under data/, the flags of the default output
validator or a custom one, and the limits. Kattis prints the samples below a statement, so they are appended
to it here. Tests in data/secret are split by the rule of tiers.py, whatever group they are in.

Refused, because judging them otherwise would be wrong: validators in other languages than Python, C++ and C,
interactive, scoring, multi-pass and submit-answer problems, command-line arguments or files for a test, flags that
differ between groups of tests.
A package that names no time limit gets ours (6 s of CPU time); the legacy rule, a multiple of the slowest jury
solution, would mean running the package's programs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, cast

from sandboxes.types import Case, Checks, Limits, Tier
from ttsd.errors import UserError, seen
from ttsd.problems.files import MAX_LATEX, name_of, read_pair, read_text, refuse_links_out, statement_of, visible
from ttsd.problems.judges import read_validator
from ttsd.problems.kattis_flags import comparison_from_flags
from ttsd.problems.latex import latex_to_markdown
from ttsd.problems.manifest import limits_from, number_from
from ttsd.problems.tiers import split_tiers
from ttsd.textfiles import MAX_BYTES
from ttsd.types import Problem

Table = Mapping[str, object]
_UNSUPPORTED = {
    "static_validator": "a static validator",
    "include": "files that are added to every submission",
}
_VALIDATORS = ("output_validator", "output_validators")  # of 2023-07; of the legacy format, with `validation: custom`
_LIMITS = {"time_limit": "cpu_s", "memory": "memory_mb", "output": "stdout_mb"}  # their word for ours


class _Pair(NamedTuple):
    id: str
    input: str
    answer: str


def load_kattis(folder: Path) -> Problem:
    """The problem of a Kattis/ICPC package. UserError: it is damaged, or of a kind that cannot be judged here."""
    path = folder / "problem.yaml"
    refuse_links_out(folder, "problem.yaml", ".timelimit", "statement", "problem_statement", "data", *_VALIDATORS)
    settings = _yaml(path)
    _refuse_unsupported(path, settings)
    statement, notes = _statement(folder)
    samples, secret = _pairs(folder / "data" / "sample"), _pairs(folder / "data" / "secret")
    if not samples and not secret:
        raise UserError(f"{folder / 'data'} holds no test at all: put NAME.in and NAME.ans into data/secret")
    name = _name(settings, folder)
    split = split_tiers([pair.id for pair in secret], name=name)
    tiers = (Tier.SAMPLE,) * len(samples) + split.tiers
    cases = tuple(
        Case(pair.id, tier, pair.input, pair.answer) for pair, tier in zip((*samples, *secret), tiers, strict=True)
    )
    limits, limit_notes = _limits(path, settings)
    return Problem(
        name=name,
        statement=statement + _printed(samples),
        checks=_judged(Checks("stdio", cases, limits), folder, settings),
        source=str(folder.resolve()),
        notes=(*notes, *limit_notes, *((split.note,) if secret else ())),
    )


def _judged(checks: Checks, folder: Path, settings: Table) -> Checks:
    """With the package's own output validator, or with the comparison that the flags of Kattis' default one mean."""
    flags = _flags(folder, settings)
    place = _validator(folder, settings)
    if place is None:
        return replace(checks, comparison=comparison_from_flags(flags, folder / "problem.yaml"))
    files, command = read_validator(place, tuple(flags))
    return replace(checks, kind="validator", files=files, command=command)


def _validator(folder: Path, settings: Table) -> Path | None:
    """The folder with the files of the output validator; None for the default one."""
    new, legacy = (folder / name for name in _VALIDATORS)
    if new.is_dir() and visible(new):
        return new
    if settings.get("validation") != "custom":
        return None
    found = visible(legacy) if legacy.is_dir() else []
    if not found:
        raise UserError(
            f"{folder / 'problem.yaml'} says validation: custom, but {legacy} holds no validator: put it there"
        )
    folders = [path for path in found if path.is_dir()]
    if len(folders) > 1:
        raise UserError(
            f"{legacy} holds several validators, {_names(folders)}, of which one is supported: remove the rest"
        )
    return folders[0] if folders == found else legacy


def _names(paths: list[Path]) -> str:
    return ", ".join(path.name for path in paths)


def _yaml(path: Path) -> Table:
    try:
        import yaml  # here: only Kattis packages need it
    except ImportError as error:
        raise UserError(f"{path} is a Kattis package, which needs PyYAML: run pip install 'ttsd[problems]'") from error
    text = read_text(path, MAX_BYTES)
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            raise UserError(f"{path} repeats a value by its anchor, which is not supported: write it out")
        loaded = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        # PyYAML lets through what int, float and datetime raise, and has bugs of its own: `!!int ""`, `!!bool maybe`.
        raise UserError(f"{path} is not valid YAML ({' '.join(str(error).split())}): mend that place") from error
    if not isinstance(loaded or {}, dict):
        raise UserError(f"{path} holds a {type(loaded).__name__} instead of keys and values: see the package format")
    return cast(Table, loaded or {})


def _refuse_unsupported(path: Path, settings: Table) -> None:
    kinds = settings.get("type") or "pass-fail"
    validation = str(settings.get("validation") or "default")
    other = [str(kind) for kind in (kinds if isinstance(kinds, list) else str(kinds).split()) if kind != "pass-fail"]
    found = [f"type: {' '.join(other)}"] if other else []
    found += [f"validation: {validation}"] if validation not in ("default", "custom") else []
    found += [
        f"{what} ({name}/)"
        for name, what in _UNSUPPORTED.items()
        if (path.parent / name).is_dir() and visible(path.parent / name)
    ]
    if found:
        raise UserError(
            f"{path} asks for {found[0]:.80}, which is not supported yet: only pass-fail problems judged by an "
            "output validator are; choose another problem"
        )


def _name(settings: Table, folder: Path) -> str:
    name = settings.get("name")
    if isinstance(name, dict) and name:
        name = name.get("en") or next(iter(name.values()))
    return name_of(folder / "problem.yaml", str(name or "").strip() or folder.resolve().name)


def _statement(folder: Path) -> tuple[str, tuple[str, ...]]:
    for place in (folder / "statement", folder / "problem_statement"):
        found = sorted(visible(place) if place.is_dir() else [], key=_language_rank)
        for path in found:
            if re.fullmatch(r"problem(\.[\w-]+)?\.(md|tex)", path.name):
                return _readable(path)
    raise UserError(
        f"{folder} has no statement in Markdown or LaTeX: write one to "
        f"{folder / 'problem_statement' / 'problem.en.md'} (a PDF cannot be read)"
    )


def _language_rank(path: Path) -> tuple[int, str, str]:
    language = path.suffixes[0] if len(path.suffixes) > 1 else ""
    return ([".en", ""].index(language) if language in (".en", "") else 2, language, path.suffix)


def _readable(path: Path) -> tuple[str, tuple[str, ...]]:
    is_latex = path.suffix == ".tex"
    text = read_text(path, MAX_LATEX if is_latex else MAX_BYTES).replace("\r\n", "\n")
    if is_latex:
        text, notes = latex_to_markdown(text)
    else:
        text, notes = re.sub(r"\{\{\s*(nextsample|remainingsamples)\s*\}\}", "", text), ()
    return statement_of(path, text), notes


def _printed(samples: list[_Pair]) -> str:
    """Kattis' own way to show the samples."""
    return "".join(
        f"\n\n## Sample Input {number}\n\n{_fenced(pair.input)}\n\n## Sample Output {number}\n\n{_fenced(pair.answer)}"
        for number, pair in enumerate(samples, start=1)
    )


def _fenced(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    body = text.replace("\r\n", "\n").rstrip("\n")
    return f"{fence}\n{body}\n{fence}"


def _pairs(folder: Path) -> list[_Pair]:
    """The tests of a folder and of the groups in it. Hints, pictures and the like are no tests."""
    return list(_walk(folder, folder.name)) if folder.is_dir() else []


def _walk(folder: Path, label: str) -> Iterator[_Pair]:
    for path in visible(folder):
        if path.suffix in (".args", ".files"):
            raise UserError(f"{path}: command-line arguments and files for a test are not supported yet; remove it")
        if path.is_dir():
            yield from _walk(path, f"{label}/{path.name}")
        elif path.suffix in (".in", ".ans") and (pair := read_pair(path, ".ans")):
            yield _Pair(f"{label}/{path.stem}", *pair)


def _limits(path: Path, settings: Table) -> tuple[Limits, tuple[str, ...]]:
    table = settings.get("limits") or {}
    if not isinstance(table, dict):
        raise UserError(f"{path}: limits = {seen(table)} must be keys and values, such as time_limit: 2")
    given = {
        ours: number_from(f"{path}: limits.{theirs}", table[theirs], ours)
        for theirs, ours in _LIMITS.items()
        if theirs in table
    }
    file = path.parent / ".timelimit"
    if "cpu_s" not in given and file.exists():
        given["cpu_s"] = number_from(str(file), read_text(file, MAX_BYTES).strip(), "cpu_s")
    limits = limits_from(given)
    return limits, () if "cpu_s" in given else (f"the package names no time limit: {limits.cpu_s:g} s of CPU time",)


def _flags(folder: Path, settings: Table) -> list[str]:
    """Flags of the package, then of its test data. A group below data/secret may only repeat them."""
    base = _words(settings.get("validator_flags"))
    data = folder / "data"
    for place in (data, data / "secret"):
        base = _group_flags(place) or base
    for path in sorted((data / "secret").rglob("*")):
        if path.is_dir() and (own := _group_flags(path)) and own != base:
            raise UserError(
                f"{path} sets the output validator flags {' '.join(own)}, the package {' '.join(base) or 'none'}: "
                "flags that differ between groups are not supported yet; choose another problem"
            )
    return base


def _group_flags(folder: Path) -> list[str]:
    for name, key in (("test_group.yaml", "output_validator_args"), ("testdata.yaml", "output_validator_flags")):
        if (folder / name).is_file() and (words := _words(_yaml(folder / name).get(key))):
            return words
    return []


def _words(flags: object) -> list[str]:
    return [str(flag) for flag in flags] if isinstance(flags, list) else str(flags or "").split()
