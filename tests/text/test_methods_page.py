"""docs/methods.md names what the program has, and nothing else."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from ttsd.config import Config
from ttsd.learning.objectives import Rlsd
from ttsd.methods.base import configure, method_names
from ttsd.reprompt import CONTEXTS

PAGE = (Path(__file__).parents[2] / "docs/methods.md").read_text(encoding="utf-8")
CHOICES = {item.name: item.metadata["choices"] for item in fields(Config)}


def first_column(heading: str) -> list[str]:
    """The words in back-ticks that the rows of the first table below this heading begin with."""
    table = PAGE.split(f"{heading}\n", 1)[1].split("\n|---", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^\| `([\w-]+)`", table, re.MULTILINE)


def test_every_method_has_a_row() -> None:
    assert sorted(first_column("# Methods")) == method_names()


def test_every_context_has_a_row_in_order() -> None:
    assert first_column("## What the self-teacher sees") == list(CONTEXTS)


@pytest.mark.parametrize(
    ("heading", "setting"),
    [("## The self-teacher's weights", "teacher_model_kind"), ("## Distillation", "distillation_mode")],
)
def test_every_choice_has_a_row(heading: str, setting: str) -> None:
    assert sorted(first_column(heading)) == sorted(CHOICES[setting])


@pytest.mark.parametrize("setting", ["reward", "advantage"])
def test_every_reward_and_advantage_is_told(setting: str) -> None:
    section = PAGE.split("## Rewards and advantages")[1].split("###")[0]
    assert [choice for choice in CHOICES[setting] if f"| `{choice}`" not in section] == []


def test_every_option_on_the_page_is_a_setting() -> None:
    settings = {item.name for item in fields(Config)}
    named = {name.replace("-", "_") for name in re.findall(r"`--([a-z-]+)", PAGE)}
    assert {name for name in named if name.removeprefix("no_") not in settings} == set()


def test_the_bound_on_an_advantage_of_rlsd_follows_from_the_defaults() -> None:
    config = configure(method="rlsd")
    weights = Rlsd(config.rlsd_mix, config.rlsd_mix_steps, config.rlsd_clip)
    assert f"no advantage changes by more than {weights.mix * weights.clip:.0%}." in PAGE
