"""Imports point one way: each module may know the layers below its own. Read from the source, nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
MODEL_LIBRARIES = {"torch", "transformers", "peft", "safetensors", "tokenizers", "vllm"}
AT_TOP = ("ttsd.learning.", "ttsd.sampling.transformers", "ttsd.policy", "benchmarks.")
WHEN_CALLED = ("ttsd.conversion", "ttsd.doctor")

# The first name that fits decides. A module may import its own layer and those below.
LAYERS = {
    "sandboxes": 0,
    "ttsd.characters": 1,
    "ttsd.types": 1,
    "ttsd.errors": 1,
    "ttsd.textfiles": 1,
    "ttsd.prompts": 2,
    "ttsd.feedback": 2,
    "ttsd.reprompt": 2,
    "ttsd.templates": 2,
    "ttsd.config": 2,
    "ttsd.record": 2,
    "ttsd.problems": 2,
    "ttsd.policy": 4,  # wires sampler and learner to one model
    "ttsd.cli": 6,
    "ttsd": 3,
    "benchmarks": 5,
}


class Import(NamedTuple):
    module: str  # that imports
    target: str
    when: str  # "top", "called" (inside a function) or "typing"


def imports(file: Path) -> Iterator[Import]:
    module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

    def walk(node: ast.AST, when: str) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from (Import(module, alias.name, when) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                # `from package import module` names a module; so may it be a name in one.
                names = [f"{child.module}.{alias.name}" for alias in child.names]
                yield from (Import(module, name if name in MODULES else str(child.module), when) for name in names)
            elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                yield from walk(child, "typing")
            else:
                yield from walk(child, "called" if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else when)

    yield from walk(ast.parse(file.read_text(encoding="utf-8")), "top")


ROOTS = ("ttsd", "ttsd.__main__")  # they list the API and start the command line
FILES = [file for package in ("ttsd", "sandboxes", "benchmarks") for file in sorted((ROOT / package).rglob("*.py"))]
MODULES = {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in FILES}
IMPORTS = [found for file in FILES for found in imports(file)]
OURS = [found for found in IMPORTS if found.target in MODULES and found.module not in ROOTS]


def layer(module: str) -> int:
    return next(height for name, height in LAYERS.items() if f"{module}.".startswith(f"{name}."))


def test_imports_are_absolute() -> None:
    assert [found for found in IMPORTS if found.target == "None"] == []


def test_no_module_imports_a_layer_above_its_own() -> None:
    assert [found for found in OURS if layer(found.target) > layer(found.module)] == []


def test_sandboxes_import_nothing_of_ttsd() -> None:
    assert [
        f for f in IMPORTS if f.module.startswith("sandboxes") and f.target.split(".")[0] in ("ttsd", "benchmarks")
    ] == []


def test_what_goes_into_a_sandbox_is_the_standard_library_and_itself() -> None:
    inside = [found for found in OURS if found.module.startswith("sandboxes.guest") or found.module == "sandboxes.wire"]
    assert [f for f in inside if not f.target.startswith(("sandboxes.guest", "sandboxes.wire"))] == []


def test_model_libraries_are_imported_where_models_are_run_and_nowhere_else() -> None:
    found = [each for each in IMPORTS if each.target.split(".")[0] in MODEL_LIBRARIES and each.when != "typing"]
    assert [each for each in found if not each.module.startswith((*AT_TOP, *WHEN_CALLED))] == []
    assert [each for each in found if each.when == "top" and each.module.startswith(WHEN_CALLED)] == []


@pytest.mark.parametrize("module", ["ttsd.learning.guards", "ttsd.tokens", "ttsd.learning.datum"])
def test_pure_modules_among_the_learning_ones_stay_pure(module: str) -> None:
    assert [
        f for f in IMPORTS if f.module == module and f.target.split(".")[0] in MODEL_LIBRARIES and f.when != "typing"
    ] == []


def test_the_command_line_is_imported_by_nobody_but_itself() -> None:
    inside = [found for found in OURS if found.target.startswith("ttsd.cli")]
    assert [found for found in inside if not found.module.startswith("ttsd.cli")] == []


def test_there_are_no_cycles() -> None:
    graph: dict[str, set[str]] = {}
    for found in OURS:
        if found.when == "top":
            graph.setdefault(found.module, set()).add(found.target)
    TopologicalSorter(graph).prepare()
