"""Every metric that a step writes down is explained, and every one that the guide explains is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandboxes.types import Status
from ttsd.learning.learner import LoraLearner
from ttsd.learning.lora import add_adapter
from ttsd.methods.base import configure, method_spec
from ttsd.prompts import ask
from ttsd.record import Record
from ttsd.reprompt import teacher_context
from ttsd.types import Feedback, Rollout

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def written(tiny_model, tokenizer, tmp_path: Path, problem, judged, attempt) -> set[str]:
    """The names of an update's metrics."""
    config = configure(lora_r=2)
    said = Feedback("It fails.")
    asked = attempt(1, "yes no yes", prompt=ask(problem))
    failed = Rollout(asked, judged(*[Status.WRONG_ANSWER] * 3), said, "program", teacher_context(problem, said))
    objective = method_spec("sdpo").objective
    assert objective is not None
    record = Record.create(tmp_path / "run", {})
    learner = LoraLearner(add_adapter(tiny_model, config), tokenizer, objective(config), config, record, [])
    step = learner.learn(problem, 0, [failed])
    assert step.action == "update"
    return set(step.metrics)


def test_what_a_step_writes_is_explained(written: set[str]) -> None:
    pages = "".join((DOCS / name).read_text(encoding="utf-8") for name in ("guide.md", "guards.md"))
    assert {name for name in written if f"`{name}`" not in pages} == set()


def test_what_the_guide_explains_is_written(written: set[str]) -> None:
    section = (DOCS / "guide.md").read_text(encoding="utf-8").split("Metrics in `steps.jsonl`")[1].split("\n## ")[0]
    names = set(re.findall(r"`([a-z]+_?[a-z_]*)`", section))
    assert names == written
