"""Exceptions of the program in pytest files: what the tests may ask of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandboxes.types import Status, Verdict

pytestmark = pytest.mark.bubblewrap

Tested = Callable[..., Verdict]
PASS = Status.PASS


def test_an_exception_of_the_programs_own_can_be_expected(tested: Tested) -> None:
    program = (
        "class OutOfStock(LookupError): pass\nclass StockError(OutOfStock): pass\ndef buy(): raise StockError('no')"
    )
    test = """
import pytest
from solution import StockError, buy
def test_own():
    with pytest.raises(StockError, match="no"): buy()
def test_builtin():
    with pytest.raises(LookupError): buy()
"""
    assert tested(program, test).status is PASS


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ("StockError('no')", "StockError"),
        ("SoldOutError('no')", "StockError"),
        ("SoldOutError('no')", "LookupError"),
        ("b'\\xff'.decode()", "UnicodeDecodeError"),
        ("b'\\xff'.decode()", "ValueError"),
        ("TwoError(1, 'no')", "ArithmeticError"),
        ("QuietError('no')", "KeyError"),
        ("open('/nowhere')", "FileNotFoundError"),
        ("StopIteration", "RuntimeError"),
        ("SystemExit", "RuntimeError"),
        ("ExceptionGroup('no', [ValueError()])", "Exception"),
    ],
)
def test_an_exception_is_caught_by_any_of_its_classes(tested: Tested, raised: str, expected: str) -> None:
    program = f"""
class StockError(LookupError): pass
class SoldOutError(StockError): pass
class TwoError(ZeroDivisionError):
    def __init__(self, code, text): super().__init__(code, text)
class QuietError(KeyError):
    def __str__(self): return "quiet"
def buy():
    {raised if raised[0] in "bo" else f"raise {raised}"}
"""
    test = (
        f"import pytest\nfrom solution import StockError, buy\ndef test():\n    with pytest.raises({expected}): buy()"
    )
    assert tested(program, test).status is PASS


@pytest.mark.parametrize(
    ("raised", "checked"),
    [
        ("KeyError('a')", "info.type is KeyError and str(info.value) == \"'a'\" and info.value.args == ('a',)"),
        ("KeyError((1, 2))", "str(info.value) == '(1, 2)' and info.value.args == ((1, 2),)"),
        ("KeyError()", "str(info.value) == ''"),
        ("KeyError(object)", "str(info.value) == \"<class 'object'>\""),
        ("QuietError('a')", "str(info.value) == 'quiet' and info.type.__name__ == 'QuietError'"),
        ("TwoError(1, 'no')", "str(info.value) == \"(1, 'no')\""),
        ("ValueError('no')", "info.type is ValueError and info.value.args == ('no',)"),
        ("UnicodeDecodeError('utf-8', b'x', 0, 1, 'no')", "str(info.value).endswith('position 0: no')"),
    ],
)
def test_an_exception_keeps_its_message(tested: Tested, raised: str, checked: str) -> None:
    program = f"""
class TwoError(ZeroDivisionError): pass
class QuietError(KeyError):
    def __str__(self): return "quiet"
def buy(): raise {raised}
"""
    test = f"""
import pytest
from solution import buy
def test():
    with pytest.raises(Exception) as info: buy()
    assert {checked}
"""
    assert tested(program, test).status is PASS
