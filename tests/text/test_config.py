"""Settings: the defaults, a file over them, the command line over both, and a sentence about whatever is wrong."""

from __future__ import annotations

import json
import math
import os
import re
from dataclasses import FrozenInstanceError, asdict, fields
from pathlib import Path

import pytest

from ttsd.config import Config
from ttsd.errors import UserError
from ttsd.methods.base import configure, method_names


@pytest.fixture
def file(tmp_path: Path):
    """A TOML file with this text."""

    def write(text: str) -> Path:
        path = tmp_path / "run.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_defaults_are_valid() -> None:
    assert configure() == Config()


def test_every_setting_has_a_text_that_ends_like_a_sentence() -> None:
    assert [item.name for item in fields(Config) if not item.metadata["help"].endswith(".")] == []


def test_the_default_method_is_known() -> None:
    assert Config().method in method_names()


def test_a_configuration_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Config().budget = 3  # type: ignore[misc]


def test_a_configuration_survives_the_run_folder() -> None:
    config = configure(budget=7, learning_rate=1e-4, guard=False, method="multi-turn")
    assert configure(**json.loads(json.dumps(asdict(config)))) == config


def test_a_file_overlays_the_defaults(file) -> None:
    config = configure(file('budget = 3\nmethod = "best-of-k"\nguard = false\n'))
    assert (config.budget, config.method, config.guard) == (3, "best-of-k", False)
    assert config.seed == Config().seed


def test_the_guide_names_the_options_that_are_no_settings(file) -> None:
    from ttsd.cli.solve import solve

    guide = (Path(__file__).parents[2] / "docs/guide.md").read_text(encoding="utf-8")
    (named,) = re.findall(r"Every option of `ttsd solve` but (.*?) may be a line", guide)
    options = {item.opts[0] for item in solve.params if item.param_type_name == "option"}
    settings = {f"--{item.name.replace('_', '-')}" for item in fields(Config)}
    assert set(re.findall(r"`(--.*?)`", named)) == options - settings


def test_a_byte_order_mark_is_no_part_of_the_file(file) -> None:
    assert configure(file("\ufeffbudget = 3\n")).budget == 3


def test_what_is_given_overlays_the_file(file) -> None:
    config = configure(file("budget = 3\nseed = 4\n"), seed=5)
    assert (config.budget, config.seed) == (3, 5)


def test_a_whole_number_will_do_for_a_fraction() -> None:
    temperature = configure(temperature=1).temperature
    assert (type(temperature), temperature) == (float, 1.0)


def test_a_misspelt_setting_is_told_the_nearest() -> None:
    with pytest.raises(UserError, match=r"unknown setting 'bugdet' \(did you mean 'budget'\?\)"):
        configure(bugdet=3)


def test_a_setting_like_none_is_told_where_to_look() -> None:
    with pytest.raises(UserError, match="unknown setting 'zzz'; see ttsd solve --help"):
        configure(zzz=3)


@pytest.mark.parametrize(
    ("setting", "kind"),
    [
        ({"budget": "8"}, "a whole number"),
        ({"budget": 8.0}, "a whole number"),
        ({"budget": True}, "a whole number"),
        ({"temperature": True}, "a number"),
        ({"temperature": "hot"}, "a number"),
        ({"guard": 1}, "true or false"),
        ({"max_time": True}, "seconds or a duration such as 30m"),
        ({"method": 3}, "text in quotes"),
        ({"model": None}, "text in quotes"),
    ],
    ids=str,
)
def test_a_value_of_another_type_is_refused(setting: dict[str, object], kind: str) -> None:
    ((name, value),) = setting.items()
    with pytest.raises(UserError) as refusal:
        configure(**setting)
    assert str(refusal.value) == f"{name} is {value!r}; it must be {kind}."


@pytest.mark.parametrize(
    "text", ["budget = ", "budget: 3", "budget = 3\nbudget = 4", "\x00", "[" * 9999, "budget = " + "9" * 9999]
)
def test_a_file_that_is_no_toml_is_refused(file, text: str) -> None:
    with pytest.raises(UserError, match=r"run\.toml is not valid TOML .* lines such as `budget = 64`"):
        configure(file(text))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match=r"run\.toml is not UTF-8 text \(byte 0\); name a TOML file"):
        configure(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        configure(tmp_path / "none.toml")


@pytest.mark.parametrize("kind", ["folder", "named pipe", "endless"])
def test_a_file_that_is_no_regular_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = {"folder": tmp_path, "named pipe": tmp_path / "pipe", "endless": Path("/dev/zero")}[kind]
    if kind == "named pipe":
        os.mkfifo(path)
    with pytest.raises(UserError, match="is not a regular file; name a TOML file"):
        configure(path)


def test_a_file_of_more_than_a_mebibyte_is_refused(file) -> None:
    with pytest.raises(UserError, match=r"run\.toml is larger than 1,024 KiB; name a TOML file"):
        configure(file("#" * 2**20 + "\n"))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("1.5", 1.5), ("30m", 1800), ("2h", 7200), ("0.5 h", 1800), ("1d", 86400), ("5s", 5)],
)
def test_a_duration_may_have_a_unit(file, text: str, seconds: float) -> None:
    assert configure(file(f'max_time = "{text}"')).max_time == seconds


@pytest.mark.parametrize("text", ["soon", "1.2.3", ".", "-5", "1w", "", "1e3", "inf", "30 m 5 s", "9" * 9999 + "s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(
        UserError, match=r"max_time is .*; (write seconds or a number with s, m, h or d|it must be from)"
    ):
        configure(max_time=text)


def test_a_table_in_the_file_is_refused(file) -> None:
    with pytest.raises(UserError, match=r"\[sampling\] is a table; write the settings without one"):
        configure(file("[sampling]\ntemperature = 1.0\n"))


@pytest.mark.parametrize("line", ["bugdet = 3", "budget = 0", "budget = 1.5", 'device = "tpu"', "[solve]"])
def test_a_mistake_in_the_file_names_the_file(file, line: str) -> None:
    path = file(line)
    with pytest.raises(UserError) as refusal:
        configure(path)
    assert str(refusal.value).startswith(f"{path}: ")


NUMBERS = [item for item in fields(Config) if type(item.default) in (int, float)]


@pytest.mark.parametrize("item", NUMBERS, ids=lambda item: item.name)
def test_a_number_may_be_a_bound_and_not_beyond(item) -> None:
    low, high = item.metadata["within"]
    kind = type(item.default)
    for bound, beyond in ((low, low - 1), (high, high + 1)):
        assert getattr(configure(**{item.name: kind(bound)}), item.name) == bound
        with pytest.raises(UserError, match=f"{item.name} is .*; it must be from {low:,} to {high:,}"):
            configure(**{item.name: kind(beyond)})


@pytest.mark.parametrize("item", NUMBERS, ids=lambda item: item.name)
@pytest.mark.parametrize("value", [10**30, 16**5000], ids=["long", "too long to be written"])
def test_a_number_of_any_length_is_refused(item, value: int) -> None:
    with pytest.raises(UserError, match=f"{item.name} is .*; it must be from"):
        configure(**{item.name: value})


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("item", [item for item in NUMBERS if type(item.default) is float], ids=lambda item: item.name)
def test_what_is_not_finite_is_refused(item, value: float) -> None:
    with pytest.raises(UserError, match=f"{item.name} is {value}; it must be from"):
        configure(**{item.name: value})


@pytest.mark.parametrize("name", [item.name for item in fields(Config) if item.metadata["choices"]])
def test_a_word_that_is_none_of_the_choices_is_refused(name: str) -> None:
    with pytest.raises(UserError, match=f"{name} is 'banana'; it must be one of: .*"):
        configure(**{name: "banana"})


@pytest.mark.parametrize(
    ("settings", "size"),
    [({}, 8), ({"method": "multi-turn"}, 1), ({"group_size": 3}, 3), ({"group_size": 2, "method": "multi-turn"}, 2)],
    ids=str,
)
def test_the_group_size_follows_from_the_method_unless_it_is_given(settings: dict[str, object], size: int) -> None:
    assert configure(**settings).group_size == size


def test_a_hint_is_a_text_or_what_a_file_holds(tmp_path: Path) -> None:
    (tmp_path / "advice.md").write_text("Sort first.")
    assert configure(hint=str(tmp_path / "advice.md")).hint == "Sort first."
    assert configure(hint="Use math.gcd, or 1/2 of it.").hint == "Use math.gcd, or 1/2 of it."


@pytest.mark.parametrize("name", ["advise.md", "no/such/advice", "./hint.txt"])
def test_a_hint_file_that_is_not_there_is_no_hint(name: str) -> None:
    with pytest.raises(UserError, match=f"hint is '{name}', and there is no such file; give --hint a text or a file"):
        configure(hint=name)
