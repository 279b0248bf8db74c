from __future__ import annotations

import math

import pytest

from sandboxes.compare import texts_match, values_match
from sandboxes.types import Comparison
from sandboxes.wire import Json

LINES = Comparison()
TOKENS = Comparison(whitespace="tokens")
EXACT = Comparison(whitespace="exact")
ANY_CASE = Comparison(case_sensitive=False)
ABSOLUTE = Comparison(whitespace="tokens", float_absolute=1e-6)
RELATIVE = Comparison(whitespace="tokens", float_relative=1e-6)


@pytest.mark.parametrize(
    ("actual", "expected", "how", "same"),
    [
        pytest.param("1 2\n3\n", "1 2\n3", LINES, True, id="lines-trailing-newline"),
        pytest.param(" 1  2 \r\n3", "1 2\n3", LINES, True, id="lines-blanks-within-and-around"),
        pytest.param("1\n2", "1 2", LINES, False, id="lines-keep-line-breaks"),
        pytest.param("1\n\n2", "1\n2", LINES, False, id="lines-count-empty-lines"),
        pytest.param("", "", LINES, True, id="lines-nothing"),
        pytest.param("", "0", LINES, False, id="lines-nothing-for-something"),
        pytest.param("1\n2", "1 2", TOKENS, True, id="tokens-every-blank-is-the-same"),
        pytest.param("12", "1 2", TOKENS, False, id="tokens-need-a-blank"),
        pytest.param("1 2 3", "1 2", TOKENS, False, id="tokens-one-too-many"),
        pytest.param("1 2\n", "1 2", EXACT, False, id="exact-trailing-newline"),
        pytest.param("1 2", "1 2", EXACT, True, id="exact-same"),
        pytest.param("YES", "yes", LINES, False, id="case-matters"),
        pytest.param("YES", "yes", ANY_CASE, True, id="case-ignored"),
        pytest.param("007", "7", LINES, False, id="leading-zeros"),
        pytest.param("6.0", "6", TOKENS, False, id="no-tolerance-no-numbers"),
        pytest.param("6.0", "6", ABSOLUTE, True, id="tolerance-expected-integer"),
        pytest.param("0.3333333", "0.33333333333", ABSOLUTE, True, id="absolute-within"),
        pytest.param("1000000.5", "1000000", ABSOLUTE, False, id="absolute-beyond"),
        pytest.param("1000000.5", "1000000", RELATIVE, True, id="relative-within"),
        pytest.param("1e-7", "0", RELATIVE, False, id="relative-to-zero"),
        pytest.param("six", "6", ABSOLUTE, False, id="word-for-number"),
        pytest.param("6", "six", ABSOLUTE, False, id="number-for-word"),
        pytest.param("nan", "1.0", ABSOLUTE, False, id="nan-is-near-nothing"),
        pytest.param("1_0", "10", ABSOLUTE, False, id="underscore-is-no-digit"),
        pytest.param("６", "6", ABSOLUTE, False, id="full-width-digit"),
        pytest.param("1e999", "1e999", ABSOLUTE, True, id="overflow-same-text"),
        pytest.param("1e999", "2e999", ABSOLUTE, False, id="overflow-other-text"),
    ],
)
def test_texts(actual: str, expected: str, how: Comparison, same: bool) -> None:
    assert texts_match(actual, expected, how) is same


@pytest.mark.parametrize(
    ("actual", "expected", "how", "same"),
    [
        pytest.param(1, 1, LINES, True, id="int"),
        pytest.param(True, 1, LINES, False, id="bool-is-no-int"),
        pytest.param(1, True, LINES, False, id="int-is-no-bool"),
        pytest.param("1", 1, LINES, False, id="text-is-no-int"),
        pytest.param(None, None, LINES, True, id="none"),
        pytest.param(None, False, LINES, False, id="none-is-no-bool"),
        pytest.param(6, 6.0, LINES, True, id="int-for-float"),
        pytest.param(6.0, 6, LINES, False, id="float-for-int"),
        pytest.param(6.0, 6, ABSOLUTE, True, id="float-for-int-within-tolerance"),
        pytest.param(0.1 + 0.2, 0.3, LINES, False, id="float-exact"),
        pytest.param(0.1 + 0.2, 0.3, ABSOLUTE, True, id="float-within-tolerance"),
        pytest.param(math.nan, math.nan, LINES, True, id="nan"),
        pytest.param(10**400, 1.5, ABSOLUTE, False, id="int-beyond-floats"),
        pytest.param((1, (2, 3)), [1, [2, 3]], LINES, True, id="tuple-for-list-at-every-depth"),
        pytest.param([(1, 2)], [[1, 2]], LINES, True, id="tuple-in-list"),
        pytest.param([1, True], [1, 1], LINES, False, id="bool-in-list"),
        pytest.param([1], [1, 2], LINES, False, id="shorter"),
        pytest.param({1}, [1], LINES, False, id="set-is-no-list"),
        pytest.param({"a": (1,)}, {"a": [1]}, LINES, True, id="dict"),
        pytest.param({1: 2}, {"1": 2}, LINES, False, id="dict-key-types"),
        pytest.param({"a": 1, "b": 2}, {"a": 1}, LINES, False, id="dict-extra-key"),
        pytest.param(b"a", "a", LINES, False, id="bytes-are-no-text"),
    ],
)
def test_values(actual: object, expected: Json, how: Comparison, same: bool) -> None:
    assert values_match(actual, expected, how) is same


def test_a_long_number_like_token_is_compared_at_once() -> None:
    """Digits and then a letter: a pattern with two ways to match digits takes minutes to refuse this."""
    loose = Comparison(float_absolute=1e-6)
    assert not texts_match("1" * 1_000_000 + "x", "1", loose)
