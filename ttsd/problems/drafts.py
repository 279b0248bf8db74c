"""The tests of our own problem folder, one reader a kind: files in, drafts of cases out.

A draft knows the place it was found in (a tier, or `secret`), not yet its tier.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, cast

from sandboxes.guest.rewrite import assertions, source_line
from sandboxes.types import Json
from ttsd.errors import UserError
from ttsd.problems.files import parse_python, read_text, visible

SECRET = "secret"


class Draft(NamedTuple):
    """A test before it has a tier."""

    id: str
    place: str
    input: Json
    expected: Json = None


class Drafts(NamedTuple):
    """All tests of a problem, and for assertions the source that defines check(candidate)."""

    cases: tuple[Draft, ...]
    source: str = ""


def read_stdio(places: Mapping[str, Path]) -> Drafts:
    return Drafts(tuple(draft for place, folder in places.items() for draft in _pairs(place, folder)))


def _pairs(place: str, folder: Path) -> Iterator[Draft]:
    for path in visible(folder):
        if path.suffix not in (".in", ".out") or path.is_dir():
            raise UserError(f"{path} is neither a .in nor a .out file: rename it, or move it out of {folder}")
        partner = path.with_suffix(".out" if path.suffix == ".in" else ".in")
        if not partner.is_file():
            raise UserError(f"{path} has no {partner.name} beside it: write {partner}, or remove {path.name}")
        if path.suffix == ".in":
            yield Draft(f"{place}/{path.stem}", place, read_text(path), read_text(partner))


def read_function(places: Mapping[str, Path]) -> Drafts:
    return Drafts(tuple(draft for place, path in places.items() for draft in _lines(place, path)))


def _lines(place: str, path: Path) -> Iterator[Draft]:
    # Not splitlines(): JSON text may hold U+2028 as it is, which that would take for the end of a line.
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            row = _row(line, f"{path}, line {number}")
            yield Draft(f"{place} {number}", place, row["args"], row["expected"])


def _row(line: str, where: str) -> dict[str, Json]:
    wanted = 'each line must be like {"args": [1, 2], "expected": 3}'
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
        raise UserError(f"{where}: not valid JSON ({reason}); {wanted}") from error
    if not isinstance(row, dict) or row.keys() != {"args", "expected"}:
        seen = f"the keys {', '.join(row) or '(none)'}" if isinstance(row, dict) else f"a {type(row).__name__}"
        raise UserError(f"{where}: {seen} instead of args and expected; {wanted}")
    if not isinstance(row["args"], list):
        raise UserError(f"{where}: args is {json.dumps(row['args'])}, not the list of the arguments; {wanted}")
    return cast(dict[str, Json], row)


def read_assertions(places: Mapping[str, Path], entry: str) -> Drafts:
    """All files become the body of one check(candidate), one after the other."""
    body: list[ast.stmt] = []
    ends: list[tuple[int, str]] = []  # the last line of each file in the source
    for place, path in places.items():
        body += _body(path, entry)
        ends.append((_check(body).count("\n"), place))
    source = _check(body)
    # Counted in the whole: what counts as an assertion about the candidate depends on names in the other files too.
    found = [
        (source_line(node), next(place for end, place in ends if node.lineno <= end))
        for node in assertions(ast.parse(source))
    ]
    cases = tuple(Draft(f"assert {number}", place, text) for number, (text, place) in enumerate(found, start=1))
    return Drafts(cases, source)


def _body(path: Path, entry: str) -> list[ast.stmt]:
    source = read_text(path)
    module = parse_python(source, path)
    body = cast(ast.Module, _CallCandidate(entry).visit(module)).body
    if any(isinstance(statement, ast.FunctionDef) and statement.name == "check" for statement in body):
        body += ast.parse("check(candidate)").body
    try:
        compile(_check(body), str(path), "exec", dont_inherit=True)
    except SyntaxError as error:  # legal in a module, not in a function
        raise UserError(f"{path}: {error.msg}; write it in a way that is allowed inside a function") from error
    if not assertions(ast.parse(_check(body))):
        raise UserError(f"{path} holds no assert that calls {entry}: write some, such as assert {entry}(2) == 4")
    return body


def _check(body: list[ast.stmt]) -> str:
    """`def check(candidate)` around statements of a module, so that the verifier finds what HumanEval has."""
    wrapper = ast.parse("def check(candidate): pass")
    function = cast(ast.FunctionDef, wrapper.body[0])
    function.body = body or function.body
    return ast.unparse(ast.fix_missing_locations(wrapper)) + "\n"


class _CallCandidate(ast.NodeTransformer):
    """Tests name the entry; the verifier's word for it is `candidate`."""

    def __init__(self, entry: str) -> None:
        self.entry = entry

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if node.id == self.entry and isinstance(node.ctx, ast.Load):
            return ast.copy_location(ast.Name("candidate", ast.Load()), node)
        return node
