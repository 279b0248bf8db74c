"""Goes into a SECOND sandbox and runs a problem's evaluator there: `evaluate(program_path)`, as OpenEvolve has it.

What lies at `program_path` is no program but a few lines that stand in for it: imported, or read and executed, they
define the program's functions, each of which asks the host (see `standin`). Messages out: `call`, and finally
`metrics` with `loaded`, or `done` when the evaluator ended otherwise, or `broken` when it fails by itself.
Not promised: constants and classes of the program, or an evaluator that runs the program in another process.
"""

from __future__ import annotations

import importlib.util
import math
import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path
from types import ModuleType
from typing import cast

from sandboxes.guest.files import write_files
from sandboxes.guest.raised import is_the_programs
from sandboxes.guest.scratch import SCRATCH
from sandboxes.guest.standin import MAX_TEXT, Link, StandIn, serve, words
from sandboxes.wire import Json, Message

FOLDER, PROGRAM = f"{SCRATCH}/evaluator", f"{SCRATCH}/program/program.py"
SCORE = "combined_score"  # how a bare number is called
MAX_METRICS = 1000
_STAND_IN = f"""\
# Stands in for the program, which runs in another sandbox.
from {__name__} import PLACES
PLACES[-1].fill(globals())
"""


@dataclass
class EvaluationResult:
    """What `openevolve.evaluation_result` has by this name."""

    metrics: dict[str, float]
    artifacts: dict[str, object] = field(default_factory=dict)


class Place:
    """Where the evaluator finds the program."""

    def __init__(self, link: Link, names: list[str]) -> None:
        self.link, self._names = link, names
        self.loaded = False

    def fill(self, space: dict[str, object]) -> None:
        self.loaded = True
        # The program names them: what Python itself looks for in a module stays as it is.
        space.update({name: StandIn(self.link, name) for name in self._names if not name.startswith("__")})
        space["__getattr__"] = self.missing

    def missing(self, name: str) -> object:
        """What the program does not define: that is its failure, and not the evaluator's."""
        if not name.startswith("__"):
            self.link.asked = True
        raise AttributeError(f"the program defines no function {name!r}")


PLACES: list[Place] = []  # one: the stand-in finds it here


def main(descriptor: int) -> None:
    serve(descriptor, _run)


def _run(link: Link, task: Message) -> Message:
    place = Place(link, cast("list[str]", task["functions"]))
    PLACES.append(place)
    random.seed(0)  # a verdict should not depend on the day
    try:
        returned = _evaluate(task)
    except BaseException as error:
        if _broken(link, error):
            return {"broken": words(error)[:MAX_TEXT]}
        return {"done": link.report(error)}
    if link.refused:  # an evaluator may well have caught that
        return {"broken": link.refused}
    metrics, texts = _read(returned)
    if metrics is None:
        wanted = "a dict of metrics, a number or an EvaluationResult"
        told = f"evaluate() returned {type(returned).__name__}, not {wanted}"
        return {"done": {"status": "wrong_answer", "error": told}} if link.asked else {"broken": told}
    return {"metrics": metrics, "texts": texts, "loaded": place.loaded}


def _evaluate(task: Message) -> object:
    write_files(FOLDER, task["files"])
    program = Path(PROGRAM)
    program.parent.mkdir()
    program.write_text(_STAND_IN, encoding="utf-8")
    _stand_in_for_openevolve()
    path = Path(FOLDER, str(task["module"]))
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module.evaluate(PROGRAM)


def _stand_in_for_openevolve() -> None:
    """An evaluator imports one class of it, if anything."""
    if importlib.util.find_spec("openevolve") is not None:
        return
    package, module = ModuleType("openevolve"), ModuleType("openevolve.evaluation_result")
    package.__path__ = []  # makes it a package
    module.EvaluationResult = EvaluationResult  # type: ignore[attr-defined]
    sys.modules.update({package.__name__: package, module.__name__: module})


def _broken(link: Link, error: BaseException) -> bool:
    """Whether the evaluator fails by itself. After a call it may well be the returned value that it failed on."""
    return not link.asked or bool(link.refused) or (isinstance(error, ImportError) and not is_the_programs(error))


def _number(value: Real) -> float:
    """A score that is too large for a float is as much of one as an endless one."""
    try:
        return float(value)
    except OverflowError:
        return -math.inf if value < 0 else math.inf


def _read(returned: object) -> tuple[dict[str, Json] | None, list[Json]]:
    """The numbers, None when there can be none, and the texts of what an evaluator returned."""
    if isinstance(returned, Real):
        return {SCORE: _number(returned)}, []
    parts = {"metrics": returned} if isinstance(returned, Mapping) else dict(getattr(returned, "__dict__", {}))
    mapping, extra = parts.get("metrics"), parts.get("artifacts")
    if not isinstance(mapping, Mapping):
        return None, []
    told = [*mapping.items(), *(extra.items() if isinstance(extra, Mapping) else ())]
    told = [(key, value) for key, value in told if isinstance(key, str)]
    metrics: dict[str, Json] = {
        key: _number(value) for key, value in mapping.items() if isinstance(key, str) and isinstance(value, Real)
    }
    texts: list[Json] = [f"{key}: {value}"[:MAX_TEXT] for key, value in told if isinstance(value, str)]
    return dict(list(metrics.items())[:MAX_METRICS]), texts[:MAX_METRICS]
