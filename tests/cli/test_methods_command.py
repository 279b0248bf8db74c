"""`ttsd methods`: what there is, and what each method reads."""

from __future__ import annotations

import json
import re
from dataclasses import asdict

import pytest

from ttsd.methods.base import configure, method_names, method_spec


@pytest.fixture
def rows(ttsd) -> list[dict[str, object]]:
    code, out, err = ttsd("methods", "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_every_method_is_listed_with_its_description(ttsd) -> None:
    code, out, _ = ttsd("methods")
    listed = dict(re.findall(r"^(\S+) +(.+)$", out, re.MULTILINE))
    assert code == 0
    assert listed == {name: method_spec(name).description for name in method_names()}


def test_the_table_is_no_wider_than_a_line_of_code(ttsd) -> None:
    assert max(map(len, ttsd("methods").out.splitlines())) <= 120


@pytest.mark.parametrize("name", method_names())
def test_the_values_are_those_that_a_run_gets(rows, name: str) -> None:
    hint = {"hint": "look twice"} if name == "opsd" else {}
    (row,) = (row for row in rows if row["name"] == name)
    run = asdict(configure(method=name, **hint)) | dict.fromkeys(hint, "")
    assert row["settings"] == {setting: run[setting] for setting in row["settings"]}


def test_what_learns_and_what_has_a_teacher_is_told(rows) -> None:
    told = {row["name"]: (row["learns"], row["self_teacher"]) for row in rows}
    wanted = {"best-of-k": (False, False), "reprompt": (False, True), "grpo": (True, False), "sdpo": (True, True)}
    assert {name: told[name] for name in wanted} == wanted


def test_of_one_method_every_value_is_told(ttsd, rows) -> None:
    for row in rows:
        lines = ttsd("methods", row["name"]).out.splitlines()
        assert lines[0] == f"{row['name']}: {row['description']}"
        assert [line.split()[0] for line in lines[2:]] == list(row["settings"])


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("sdpo", "  distillation_alpha            1.0"),
        ("sdpo", "  guard                         true"),
        ("sdpo", "  hint                          (empty)"),
        ("opsd", "  distillation_alpha            0.5                 elsewhere 1.0"),
        ("sdpo-shuffled", "  teacher_context               shuffled            fixed"),
        ("multi-turn", "  group_size                    1                   elsewhere 8"),
        ("best-of-k", "It reads what every run reads."),
    ],
)
def test_a_value_says_where_it_comes_from(ttsd, name: str, line: str) -> None:
    assert line in ttsd("methods", name).out.splitlines()


def test_with_json_one_method_is_one_object(ttsd, rows) -> None:
    assert json.loads(ttsd("methods", "rlsd", "--json").out) in rows


def test_an_unknown_method_is_told_the_nearest(ttsd) -> None:
    code, out, err = ttsd("methods", "spdo")
    assert (code, out) == (2, "")
    assert err.startswith("ttsd: unknown method 'spdo' (did you mean 'sdpo'?); it must be one of: best-of-k, ")
