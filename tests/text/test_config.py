"""Settings: the defaults, a file over them, the command line over both, and a sentence about whatever is wrong."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, asdict, fields
from pathlib import Path

import pytest

from ttsd.config import Config, configure
from ttsd.errors import UserError
from ttsd.methods import METHODS


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
    assert Config().method in METHODS


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
        ({"budget": "8"}, "int"),
        ({"budget": 8.0}, "int"),
        ({"budget": True}, "int"),
        ({"temperature": True}, "float"),
        ({"temperature": "hot"}, "float"),
        ({"guard": 1}, "bool"),
        ({"method": 3}, "str"),
        ({"model": None}, "str"),
    ],
    ids=str,
)
def test_a_value_of_another_type_is_refused(setting: dict[str, object], kind: str) -> None:
    ((name, value),) = setting.items()
    with pytest.raises(UserError) as refusal:
        configure(**setting)
    assert str(refusal.value) == f"{name} is {value!r}; it must be of type {kind}."


@pytest.mark.parametrize("text", ["budget = ", "budget: 3", "budget = 3\nbudget = 4", "\x00"])
def test_a_file_that_is_no_toml_is_refused(file, text: str) -> None:
    with pytest.raises(UserError, match=r"run\.toml: not a readable TOML file .* lines such as `budget = 64`"):
        configure(file(text))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="not a readable TOML file"):
        configure(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        configure(tmp_path / "none.toml")


def test_a_table_in_the_file_is_an_unknown_setting(file) -> None:
    with pytest.raises(UserError, match="unknown setting 'sampling'"):
        configure(file("[sampling]\ntemperature = 1.0\n"))


@pytest.mark.parametrize(
    "item", [item for item in fields(Config) if item.metadata["at_least"] is not None], ids=lambda f: f.name
)
def test_a_number_may_be_its_bound_and_no_less(item) -> None:
    bound, kind = item.metadata["at_least"], type(item.default)
    assert getattr(configure(**{item.name: kind(bound)}), item.name) == bound
    with pytest.raises(UserError, match=f"{item.name} is .*; it must be at least"):
        configure(**{item.name: kind(bound) - 1})


def test_every_number_has_a_bound() -> None:
    numbers = [item for item in fields(Config) if type(item.default) in (int, float)]
    assert [item.name for item in numbers if item.metadata["at_least"] is None] == []


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(UserError, match="max_time is nan"):
        configure(max_time=float("nan"))


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
    assert configure(**settings).attempts_per_group == size
