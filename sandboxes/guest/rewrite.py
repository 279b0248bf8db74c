"""Test code in which every assertion counts on its own: found, numbered and wrapped in its syntax tree.

Used on the host to number the assertions of a problem, and in a sandbox to run them; parses, never executes.
An assertion counts when it mentions the candidate, directly or through a variable, as far as names tell. One that does
not count still runs as it stands. Not promised: assertions made by other means, such as `raise` or unittest.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence

CHECK = "check"  # the function that test code defines, with the candidate as its only argument
WRAPPER = "__assertion__"
_STATEMENTS = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr, ast.Expr)
_BINDERS = frozenset(("exec", "globals", "locals", "vars", "setattr"))
_BUILTINS = frozenset(dir(builtins))


def assertions(tree: ast.Module) -> list[ast.Assert]:
    """The assertions that count, in the order of the source."""
    related = _related_names(tree)
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Assert) and _names(node.test) & related]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def source_line(assertion: ast.Assert) -> str:
    """`assert candidate([1, 2]) == 3`: one line, without the message."""
    return ast.unparse(ast.Assert(assertion.test))


def wrapped(tree: ast.Module) -> ast.Module:
    """The tree with each counting assertion inside `with __assertion__(index, line):`."""
    numbers = {id(node): index for index, node in enumerate(assertions(tree))}
    _Wrap(numbers).visit(tree)
    return ast.fix_missing_locations(tree)


def names_nowhere_bound(trees: Sequence[ast.Module]) -> frozenset[str]:
    """Names that the code reads and that no line of it, nor Python, binds. Empty when it may bind names unseen."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    if read & _BINDERS:
        return frozenset()
    return frozenset(read - _BUILTINS - {name for node in nodes for name in _bound(node)})


def _bound(node: ast.AST) -> set[str]:
    """The names that one node binds: each is an identifier in a field of its own, or an assigned name."""
    if isinstance(node, ast.Name):
        return set() if isinstance(node.ctx, ast.Load) else {node.id}
    if isinstance(node, ast.alias):
        return {(node.asname or node.name).partition(".")[0]}
    # Functions, classes, parameters, `except ... as name` and the patterns of `match`.
    fields = [value for key, value in ast.iter_fields(node) if key in ("name", "arg", "rest")]
    return {value for value in fields if isinstance(value, str)}


class _Wrap(ast.NodeTransformer):
    def __init__(self, numbers: dict[int, int]) -> None:
        self._numbers = numbers

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        index = self._numbers.get(id(node))
        if index is None:
            return node
        arguments: list[ast.expr] = [ast.Constant(index), ast.Constant(source_line(node))]
        call = ast.Call(ast.Name(WRAPPER, ast.Load()), arguments, [])
        return ast.copy_location(ast.With([ast.withitem(call)], [node]), node)


def _related_names(tree: ast.Module) -> set[str]:
    """Names that may hold the candidate or something that came from it. Rather one too many than one too few."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    related = {name for function in functions if function.name == CHECK for name in _parameters(function)}
    parts = [_names(part) for node in ast.walk(tree) for part in _parts(node)]
    size = -1
    while size < len(related):
        size = len(related)
        related = related.union(*(names for names in parts if names & related))
        related = related.union(*(_parameters(function) for function in functions if function.name in related))
    return related


def _parts(node: ast.AST) -> list[ast.AST]:
    """The pieces of a statement through which the candidate may travel from one name to another."""
    if isinstance(node, ast.For):
        return [ast.Tuple([node.target, node.iter], ast.Load())]
    if isinstance(node, ast.With):
        return [item for item in node.items if item.optional_vars is not None]
    if isinstance(node, ast.FunctionDef):
        returned = [child.value for child in ast.walk(node) if isinstance(child, ast.Return) and child.value]
        return [ast.Tuple([ast.Name(node.name), *returned], ast.Load())]
    return [node] if isinstance(node, _STATEMENTS) else []


def _names(node: ast.AST) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)} - _BUILTINS


def _parameters(function: ast.FunctionDef) -> set[str]:
    arguments = function.args
    return {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
