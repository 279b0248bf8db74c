"""The tests of our own problem folder for the kinds that something else judges: one reader a kind. Nothing is run."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from sandboxes.types import File, Tier
from sandboxes.verifiers.answer import FORMS, refusal
from sandboxes.verifiers.building import language_of
from sandboxes.verifiers.command import ONLY
from sandboxes.verifiers.pytest_files import functions_in, is_test_file
from sandboxes.wire import Json
from ttsd.errors import UserError, did_you_mean, one_of, seen
from ttsd.problems.drafts import SECRET, Draft, Drafts
from ttsd.problems.files import read_folder, read_python, visible
from ttsd.problems.manifest import TIERS, Manifest

MAINS = ("__main__.py", "main.py")  # what a validator of several files is started with
EVALUATOR = "evaluator.py"


def read_validator(folder: Path, flags: tuple[str, ...] = ()) -> tuple[tuple[File, ...], tuple[str, ...]]:
    """The files and the command of an output validator.

    One Python file, or several with a main.py; or the sources of one program in C++ or C.
    """
    files = read_folder(folder)
    top = [file.path for file in files if "/" not in file.path]
    programs = [path for path in top if path.endswith(".py")]
    sources = [path for path in top if language_of(path)]
    found = [main for main in MAINS if main in programs] or programs or sources[:1]
    if not found:
        raise UserError(
            f"{folder} holds no validator in Python, C++ or C: put one there (other languages cannot be used)"
        )
    if len(found) > 1:
        raise UserError(f"{folder} holds {', '.join(found)}: name the one that is to be started main.py")
    if len({language_of(path) for path in (found[0], *sources)}) > 1:
        raise UserError(f"{folder} holds {found[0]} and {sources[-1]}: keep the validator in one language")
    if programs:
        read_python(folder / found[0])
    return files, (found[0], *flags)


def read_answer(manifest: Manifest) -> Drafts:
    """One hidden test, of [answer]. UserError: no attempt could pass it."""
    section, wanted = manifest.answer, "add value = 42 (or a text, or a list of texts of which each is right)"
    if "value" not in section:
        raise UserError(f"{manifest.path}: value is missing in [answer]: {wanted}")
    value = cast(Json, section["value"])
    values: list[Json] = value if isinstance(value, list) else [value]
    if not values:
        raise UserError(f"{manifest.path}: value = [] in [answer] holds no answer: {wanted}")
    form = str(section.get("form", _form(values, "choices" in section)))
    if form not in FORMS:
        raise UserError(f"{manifest.path}: form = {seen(form)} in [answer] must be {one_of(FORMS)}")
    if form == "choice":
        if not section.get("choices"):
            raise UserError(f'{manifest.path}: choices is missing in [answer]: add the letters, choices = "ABCD"')
        form = f"choice {section['choices']}"
    elif "choices" in section:
        raise UserError(f"{manifest.path}: choices in [answer] has no meaning with form = {form!r}: remove one of them")
    for each in values:
        if refused := refusal(form, each):
            raise UserError(f"{manifest.path}: value in [answer]: {refused}: {wanted}")
    return Drafts((Draft("answer", Tier.CONFIRM.value, form, values),))


def _form(values: list[Json], choices: bool) -> str:
    if choices:
        return "choice"
    return "text" if isinstance(values[0], str) else "number"


def read_command(folder: Path, manifest: Manifest) -> Drafts:
    """The files of `folder`, what starts there, and the cases that its verdict names. UserError: it could not run."""
    path, section = manifest.path, manifest.command
    run = section.get("run", [])
    if not (isinstance(run, list) and run and all(isinstance(word, str) and "\0" not in word for word in run)):
        raise UserError(
            f'{path}: run = {seen(run)} in [command] must be what to start, as in run = ["python3", "judge.py"]'
        )
    files = _folder(folder, "the files that the command needs")
    name = str(section.get("program", "program.txt"))
    if not name.isprintable() or "/" in name or name in ("", ".", ".."):
        raise UserError(f"{path}: program = {seen(name)} in [command] must be the name of a file, such as query.sql")
    _require_executable(path, str(run[0]), files)
    return Drafts(tuple(_named_cases(manifest)), files=files, command=tuple(run), module=name)


def _require_executable(path: Path, first: str, files: tuple[File, ...]) -> None:
    """A relative path must lead to one of the files; a bare name is looked for inside the sandbox."""
    if "/" not in first or first.startswith("/"):
        return
    names = {file.path: file.executable for file in files}
    wanted = first.removeprefix("./")
    if wanted not in names:
        raise UserError(f"{path}: run in [command] starts {first}, which is none of {', '.join(names)}: put it there")
    if not names[wanted]:
        raise UserError(f"{path}: run in [command] starts {first}, which is not executable: run chmod +x on it")


def _named_cases(manifest: Manifest) -> Iterator[Draft]:
    """Those of [tests], each of which the command's verdict must name; or the one that every command has."""
    seen_before: set[str] = set()
    for tier in TIERS:
        for id in cast(list[object], manifest.tests.get(tier, [])):
            if not (isinstance(id, str) and id.strip()) or id in seen_before:
                raise UserError(
                    f"{manifest.path}: {tier} in [tests] holds {seen(id)}: each must be a text, and there only once"
                )
            seen_before.add(id)
            yield Draft(id, tier, id)
    if not seen_before:
        yield Draft(ONLY, Tier.FEEDBACK.value, "")


def read_evaluator(folder: Path, manifest: Manifest) -> Drafts:
    """The files of `folder` and a test for each metric of [tests]. UserError: nothing could be scored."""
    files = _folder(folder, f"{EVALUATOR}, which defines evaluate(program_path)")
    path = folder / EVALUATOR
    if not path.is_file():
        raise UserError(f"{path} is missing: write evaluate(program_path) there")
    body = read_python(path)[1].body
    if not any(isinstance(node, ast.FunctionDef) and node.name == "evaluate" for node in body):
        raise UserError(f"{path} defines no function evaluate(program_path): write one")
    cases = tuple(_wanted_scores(manifest))
    if not cases:
        raise UserError(
            f"{manifest.path}: no metric is asked for: add a line such as feedback = {{combined_score = 0.99}} to "
            "[tests]"
        )
    return Drafts(cases, files=files, module=EVALUATOR)


def _wanted_scores(manifest: Manifest) -> Iterator[Draft]:
    seen_before: set[str] = set()
    for tier in TIERS:
        for name, least in cast(dict[str, object], manifest.tests.get(tier, {})).items():
            number = isinstance(least, int | float) and not isinstance(least, bool) and math.isfinite(least)
            if not number or name in seen_before:
                raise UserError(
                    f"{manifest.path}: {name} = {seen(least)} in [tests] must be the least value that passes, and "
                    "stand there once"
                )
            seen_before.add(name)
            yield Draft(name, tier, name, cast(float, least))


def _folder(folder: Path, what: str) -> tuple[File, ...]:
    if not folder.is_dir():
        raise UserError(f"{folder} is missing: make that folder, and put {what} there")
    return read_folder(folder)


def read_pytest(folder: Path, manifest: Manifest) -> Drafts:
    """All of tests/: pytest files in a folder for each tier, and what they need."""
    _require_tiers(folder)
    files = _folder(folder, "a folder for each tier, such as tests/feedback/test_it.py")
    paths = [file.path for file in files if is_test_file(file.path)]
    trees = {path: read_python(folder / path)[1] for path in paths}
    _require_names_of_their_own(folder, paths)
    if trees and not any(_imports(tree, manifest.module) for tree in trees.values()):
        raise UserError(
            f"{folder}: no test imports {manifest.module}, so the program would not be tested: import it, or set "
            f"module in {manifest.path.name} to what they import"
        )
    cases = [draft for path, tree in trees.items() for draft in _tests_in(folder, path, tree)]
    return Drafts(tuple(cases), files=files, module=manifest.module)


def _tests_in(folder: Path, path: str, tree: ast.Module) -> list[Draft]:
    found = [Draft(id, path.partition("/")[0], source) for id, source in functions_in(path, tree)]
    if not found:
        raise UserError(
            f"{folder / path} holds no test: write a function whose name begins with test, or rename a file of helpers"
        )
    return found


def _require_tiers(folder: Path) -> None:
    allowed = (*TIERS, SECRET)
    for entry in visible(folder) if folder.is_dir() else []:
        if entry.is_dir() and entry.name not in (*allowed, "__pycache__"):
            hint = did_you_mean(entry.name, allowed)
            raise UserError(f"{entry} has no meaning here{hint}: {folder} may hold the folders {', '.join(allowed)}")
        if entry.is_file() and is_test_file(entry.name):
            raise UserError(f"{entry} belongs to no tier: move it into one of the folders {one_of(allowed)}")
    if (folder / SECRET).is_dir() and any((folder / tier).is_dir() for tier in TIERS[1:]):
        raise UserError(
            f"{folder} holds {SECRET} beside feedback or confirm: keep {SECRET}, which is split for you, or the other "
            "two"
        )


def _require_names_of_their_own(folder: Path, paths: list[str]) -> None:
    """pytest imports test files by their bare names."""
    by_name: dict[str, str] = {}
    for path in paths:
        name = path.rpartition("/")[2]
        if name in by_name:
            raise UserError(f"{folder / path} has the name of {folder / by_name[name]}: rename one of them")
        by_name[name] = path


def _imports(tree: ast.Module, module: str) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(alias.name == module for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            named = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            if module in named:
                return True
    return False
