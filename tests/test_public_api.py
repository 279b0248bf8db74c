"""`import ttsd` is the public API: its names, and nothing heavy."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import ttsd


def test_the_names_are_sorted_and_unique() -> None:
    assert ttsd.__all__ == sorted(set(ttsd.__all__))


@pytest.mark.parametrize("name", ttsd.__all__)
def test_every_name_can_be_had_under_that_name(name: str) -> None:
    assert getattr(ttsd, name).__name__ == name


@pytest.mark.parametrize("name", ttsd.__all__)
def test_every_name_is_documented(name: str) -> None:
    assert inspect.getdoc(getattr(ttsd, name))


def test_every_name_that_can_be_had_is_listed() -> None:
    assert sorted(name for names in ttsd._HOMES.values() for name in names) == ttsd.__all__


def test_dir_lists_the_same_names() -> None:
    assert dir(ttsd) == ttsd.__all__


def test_a_star_import_brings_them_all() -> None:
    space: dict[str, object] = {}
    exec("from ttsd import *", space)
    assert set(ttsd.__all__) <= space.keys()


def test_an_unknown_name_is_an_attribute_error_that_lists_the_known_ones() -> None:
    with pytest.raises(AttributeError, match=r"module 'ttsd' has no attribute 'slove'; it has: Attempt, .*solve"):
        ttsd.slove  # noqa: B018


def test_importing_imports_nothing_until_it_is_used() -> None:
    code = "import sys, ttsd; print([name for name in sys.modules if name.startswith(('ttsd.', 'sandboxes'))])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_using_every_name_imports_no_model_library() -> None:
    code = "import sys; from ttsd import *; print(sys.modules.keys() & {'torch', 'transformers', 'peft', 'numpy'})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
