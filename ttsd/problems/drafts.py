"""The tests of our own problem folder, one reader a kind: files in, drafts of cases out.

A draft knows the place it was found in (a tier, or `secret`), not yet its tier.
"""

from __future__ import annotations

import ast
import json
import symtable
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, cast

from sandboxes.guest.rewrite import CHECK, assertions, source_line
from sandboxes.types import File
from sandboxes.wire import Json, WireError, encode
from ttsd.errors import UserError, seen
from ttsd.problems.files import read_pair, read_python, read_text, visible

SECRET = "secret"


class Draft(NamedTuple):
    """A test before it has a tier."""

    id: str
    place: str
    input: Json
    expected: Json = None


class Drafts(NamedTuple):
    """All tests of a problem, and what judges by them: the fields of `sandboxes.types.Checks` by these names."""

    cases: tuple[Draft, ...]
    test_source: str = ""
    files: tuple[File, ...] = ()
    command: tuple[str, ...] = ()
    module: str = ""


def read_stdio(places: Mapping[str, Path]) -> Drafts:
    return Drafts(tuple(draft for place, folder in places.items() for draft in _pairs(place, folder)))


def _pairs(place: str, folder: Path) -> Iterator[Draft]:
    for path in visible(folder):
        if path.suffix not in (".in", ".out") or path.is_dir():
            raise UserError(f"{path} is neither a .in nor a .out file: rename it, or move it out of {folder}")
        if pair := read_pair(path, ".out"):
            yield Draft(f"{place}/{path.stem}", place, *pair)


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
        found = f"the keys {', '.join(row) or '(none)':.200}" if isinstance(row, dict) else f"a {type(row).__name__}"
        raise UserError(f"{where}: {found} instead of args and expected; {wanted}")
    if not isinstance(row["args"], list):
        raise UserError(f"{where}: args is {seen(row['args'])}, not the list of the arguments; {wanted}")
    for key in ("args", "expected"):
        try:
            encode(row[key])
        except WireError as error:  # a program could not be given it, or not return it
            raise UserError(f"{where}: {key} is too big ({error}); write a smaller test") from error
    return cast(dict[str, Json], row)


def read_assertions(places: Mapping[str, Path], entry: str) -> Drafts:
    """All files become the body of one check(entry), one after the other."""
    body: list[ast.stmt] = []
    ends: list[tuple[int, str]] = []  # the last line of each file in the source
    for place, path in places.items():
        body += _body(path, entry)
        ends.append((_check(body, entry).count("\n"), place))
    source = _check(body, entry)

    def place_of(node: ast.stmt) -> str:
        return next(place for end, place in ends if node.lineno <= end)

    # In the whole: what counts as an assertion about the entry, or is called, depends on the other files too.
    tree = ast.parse(source)
    if uncalled := next(_uncalled(tree), None):
        raise UserError(
            f"{places[place_of(uncalled)]}: nothing calls {uncalled.name}, so its assertions would never run: "
            f"call it at the end of the file, as in {uncalled.name}()"
        )
    found = [(source_line(node), place_of(node)) for node in assertions(tree)]
    cases = tuple(Draft(f"assert {number}", place, text) for number, (text, place) in enumerate(found, start=1))
    return Drafts(cases, source)


def _body(path: Path, entry: str) -> list[ast.stmt]:
    body = read_python(path)[1].body
    if any(isinstance(statement, ast.FunctionDef) and statement.name == CHECK for statement in body):
        body += ast.parse(f"{CHECK}({entry})").body
    try:
        source = _check(body, entry)
        compile(source, str(path), "exec", dont_inherit=True)
        (scope,) = symtable.symtable(source, str(path), "exec").get_children()
    except SyntaxError as error:  # legal in a module, not in a function
        raise UserError(f"{path}: {error.msg}; write it in a way that is allowed inside a function") from error
    except (RecursionError, ValueError) as error:  # ValueError: a number of thousands of digits
        raise UserError(f"{path} holds an expression that is too long: write it as several statements") from error
    if scope.lookup(entry).is_assigned() or scope.lookup(entry).is_imported():
        raise UserError(f"{path} defines {entry}, so the program's own would not be tested: rename what is yours")
    if not assertions(ast.parse(source)):
        raise UserError(f"{path} holds no assert that calls {entry}: write some, such as assert {entry}(2) == 4")
    return body


def _check(body: list[ast.stmt], entry: str) -> str:
    """`def check(entry)` around statements of a module, so that the verifier finds what HumanEval has."""
    wrapper = ast.parse(f"def {CHECK}({entry}): pass")
    function = cast(ast.FunctionDef, wrapper.body[0])
    function.body = body or function.body
    return ast.unparse(ast.fix_missing_locations(wrapper)) + "\n"


def _uncalled(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions with an assertion inside whose name is used nowhere, as pytest's are."""
    nodes = list(ast.walk(tree))
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    used |= {node.attr for node in nodes if isinstance(node, ast.Attribute)} | {CHECK}
    for node in nodes:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name in used:
            continue
        if not node.name.startswith("__") and any(isinstance(inside, ast.Assert) for inside in ast.walk(node)):
            yield node
