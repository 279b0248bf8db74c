"""`problem.toml`: the facts about a problem that are neither its statement nor its tests.

    name = "two-sum"              # required; seeds the split of tests/secret, so renaming changes the split
    kind = "function"             # required: stdio, function, assertions, pytest, evaluator, command or answer
    language = "python"           # stdio: also cpp, c, rust, java, javascript; any word for a command
    entry = "two_sum"             # function, assertions: the function that is called
    module = "solution"           # pytest: the module that the tests import

    [limits]                      # of one test; each is optional, and `_RANGES` says what it may be
    cpu_s = 6
    wall_s = 20                   # left out: 20, or three times cpu_s when that is more
    memory_mb = 1024
    stdout_mb = 8
    processes = 64

    [comparison]                  # stdio without a validator, function (tolerances only), answer (no whitespace)
    whitespace = "lines"          # or "tokens", "exact"
    case_sensitive = true
    float_absolute = 1e-6
    float_relative = 1e-6

    [tests]
    split_seed = 0                # of the rule that splits tests/secret
    feedback = {combined_score = 0.99}    # evaluator: the least value of each metric; also sample, confirm
    feedback = ["small", "large"]         # command: the cases in its verdict; also sample, confirm

    [command]
    run = ["python3", "judge.py"] # started in the folder command/
    program = "query.sql"         # the name that the program's file is given

    [answer]
    value = 42                    # or a text, or a list of them of which each is right
    form = "number"               # left out: what the value is
    choices = "ABCD"              # multiple choice: the letters, of which the value is one

Every key is checked: an unknown one is refused, never ignored.
"""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from sandboxes.guest.languages import LANGUAGES
from sandboxes.types import Comparison, Limits, Tier, Whitespace
from ttsd.errors import UserError, did_you_mean, one_of, seen
from ttsd.problems.files import name_of
from ttsd.textfiles import WORDS, read_toml

KINDS = ("stdio", "function", "assertions", "pytest", "evaluator", "command", "answer")
CALLED = ("function", "assertions")  # kinds with an entry
TIERS = tuple(tier.value for tier in Tier)

_TOP = {"name": str, "kind": str, "language": str, "entry": str, "limits": dict, "comparison": dict, "tests": dict}
_MORE: dict[str, dict[str, type]] = {
    "pytest": {"module": str},
    "command": {"command": dict},
    "answer": {"answer": dict},
}
_LIMITS = {"cpu_s": float, "wall_s": float, "memory_mb": float, "stdout_mb": float, "processes": int}
_FLOATS = {"float_absolute": float, "float_relative": float}
_COMPARISON: dict[str, dict[str, type]] = {
    "stdio": {"whitespace": str, "case_sensitive": bool, **_FLOATS},
    "function": {**_FLOATS},
    "answer": {"case_sensitive": bool, **_FLOATS},
}
_SPLIT = {"split_seed": int}
_TESTS: dict[str, dict[str, type]] = {
    "evaluator": dict.fromkeys(TIERS, dict),
    "command": dict.fromkeys(TIERS, list),
    "answer": {},
}
_COMMAND = {"run": list, "program": str}
_ANSWER = {"value": object, "form": str, "choices": str}
# From and to. At the top: an hour, and three by the clock; a tebibyte; what fits into a message from the sandbox; what
# Linux can number; any finite tolerance. At the bottom of memory_mb: what Python needs to start.
_RANGES: dict[str, tuple[float, float]] = {
    "cpu_s": (0.01, 3600),
    "wall_s": (0.01, 10800),
    "memory_mb": (16, 1 << 20),
    "stdout_mb": (0.001, 16),
    "processes": (1, 1 << 15),
    "float_absolute": (0, 1e300),
    "float_relative": (0, 1e300),
    "split_seed": (-(1 << 63), (1 << 63) - 1),
}
_WHITESPACE: tuple[str, ...] = get_args(Whitespace)
Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A checked problem.toml. Of `tests`, `command` and `answer` only keys and types are: the rest is read later."""

    path: Path
    name: str
    kind: str
    language: str
    entry: str
    limits: Limits
    comparison: Comparison
    split_seed: int
    module: str
    tests: Table
    command: Table
    answer: Table


def read_manifest(path: Path) -> Manifest:
    """The checked facts. UserError names the key that is wrong, and the remedy."""
    table = read_toml(path, 'mend it: its lines must be like kind = "stdio"')
    allowed = {**_TOP, **_MORE.get(str(table.get("kind")), {})}
    _check_keys(path, "", table, allowed)
    kind = _choice(path, table, "kind", KINDS)
    whose = f" with kind = '{kind}'"
    tests = _section(path, table, "tests", _TESTS.get(kind, _SPLIT), whose if kind in _TESTS else "")
    return Manifest(
        path=path,
        name=_name(path, table),
        kind=kind,
        language=_language(path, table, kind),
        entry=_entry(path, table, kind),
        limits=_limits(path, _section(path, table, "limits", {} if kind == "answer" else _LIMITS)),
        comparison=_comparison(path, kind, _section(path, table, "comparison", _COMPARISON.get(kind, {}), whose)),
        split_seed=cast(int, tests.get("split_seed", 0)),
        module=str(table.get("module", "solution")),
        tests=tests,
        command=_section(path, table, "command", _COMMAND),
        answer=_section(path, table, "answer", _ANSWER),
    )


def _section(path: Path, table: Table, name: str, allowed: Mapping[str, type], whose: str = "") -> Table:
    section = cast(Table, table.get(name, {}))
    _check_keys(path, f" in [{name}]{whose}", section, allowed)
    return section


def _check_keys(path: Path, where: str, table: Table, allowed: Mapping[str, type]) -> None:
    for key, value in table.items():
        if key not in allowed:
            known = f"allowed are {', '.join(allowed)}" if allowed else "none is allowed"
            raise UserError(f"{path}: unknown key {seen(key)}{where}{did_you_mean(key, allowed)}: {known}")
        if not _is(value, allowed[key]):
            raise UserError(f"{path}: {key} = {seen(value)}{where} must be {WORDS[allowed[key]]}")
        if key in _RANGES:
            _check_range(f"{path}: {key} = {seen(value)}{where}", value, key)


def number_from(where: str, value: object, key: str) -> float:
    """The number, perhaps written as text, in the range of a key of our problem.toml; `where` says whose it is."""
    try:
        number = float(str(value))
    except ValueError:
        number = math.nan
    _check_range(f"{where} is {seen(value)}, which", number, key)
    return number


def _check_range(where: str, value: object, key: str) -> None:
    low, high = _RANGES[key]
    if not low <= cast(float, value) <= high:  # not a number is refused too
        raise UserError(f"{where} must be from {low} to {high}")


def _is(value: object, wanted: type) -> bool:
    if isinstance(value, bool):
        return wanted in (bool, object)
    return isinstance(value, (int, float) if wanted is float else wanted)


def _choice(path: Path, table: Table, key: str, allowed: tuple[str, ...]) -> str:
    if key not in table:
        raise UserError(f"{path}: {key} is missing: add {key} = {one_of(repr(value) for value in allowed)}")
    value = str(table[key])
    if value not in allowed:
        raise UserError(f"{path}: {key} = {seen(value)}{did_you_mean(value, allowed)} must be {one_of(allowed)}")
    return value


def _name(path: Path, table: Table) -> str:
    name = str(table.get("name", "")).strip()
    if not name:
        raise UserError(f'{path}: name is missing: add one, such as name = "{path.resolve().parent.name}"')
    return name_of(path, name)


def _entry(path: Path, table: Table, kind: str) -> str:
    entry = str(table.get("entry", ""))
    if kind not in CALLED and entry:
        raise UserError(f"{path}: entry = {seen(entry)} has no meaning with kind = {kind!r}: remove it")
    if kind in CALLED and not entry:
        raise UserError(f"{path}: entry is missing: kind = {kind!r} needs the name of the function that is called")
    if entry and (not entry.isidentifier() or keyword.iskeyword(entry)):
        raise UserError(f"{path}: entry = {seen(entry)} must be the bare name of a Python function, such as two_sum")
    return entry


def _language(path: Path, table: Table, kind: str) -> str:
    if kind == "stdio":
        return _choice(path, {"language": "python", **table}, "language", tuple(LANGUAGES))
    language = str(table.get("language", "text" if kind == "command" else "python"))
    if kind != "command" and language != "python":
        raise UserError(
            f"{path}: language = {seen(language)} must be python with kind = {kind!r}: programs in other languages are "
            "judged by their output, with kind = 'stdio'"
        )
    if not re.fullmatch(r"[\w+#-]+", language):
        raise UserError(f"{path}: language = {seen(language)} must be one word, such as sql, as it stands behind ```")
    return language


def _limits(path: Path, section: Table) -> Limits:
    limits = limits_from(section)
    if limits.wall_s < limits.cpu_s:
        raise UserError(
            f"{path}: wall_s = {limits.wall_s:g} in [limits] must be no less than cpu_s = {limits.cpu_s:g}: "
            "the clock would end every program first"
        )
    return limits


def limits_from(section: Table) -> Limits:
    """The limits behind checked keys and numbers of [limits]."""
    default = Limits()
    given = {key: float(cast(float, value)) for key, value in section.items()}
    cpu_s = given.get("cpu_s", default.cpu_s)
    return Limits(
        cpu_s=cpu_s,
        wall_s=given.get("wall_s", max(default.wall_s, 3 * cpu_s)),  # a net, so wide enough for a busy machine
        memory_bytes=int(given["memory_mb"] * (1 << 20)) if "memory_mb" in given else default.memory_bytes,
        stdout_bytes=int(given["stdout_mb"] * (1 << 20)) if "stdout_mb" in given else default.stdout_bytes,
        processes=int(given.get("processes", default.processes)),
    )


def _comparison(path: Path, kind: str, section: Table) -> Comparison:
    default = Comparison(case_sensitive=kind != "answer")
    return Comparison(
        whitespace=cast(Whitespace, _choice(path, {"whitespace": "lines", **section}, "whitespace", _WHITESPACE)),
        case_sensitive=cast(bool, section.get("case_sensitive", default.case_sensitive)),
        float_absolute=_float(section, "float_absolute"),
        float_relative=_float(section, "float_relative"),
    )


def _float(section: Table, key: str) -> float | None:
    return float(cast(float, section[key])) if key in section else None
