"""LiveCodeBench's rules for texts, values and responses."""

from __future__ import annotations

import pytest

from sandboxes.lcb import outputs_equal, program_text, values_equal
from sandboxes.wire import Json


@pytest.mark.parametrize(
    ("response", "program"),
    [
        pytest.param("no code", "", id="no-fence"),
        pytest.param("```python\nprint(1)", "", id="one-fence"),
        pytest.param("```python\nprint(1)\n```", "print(1)", id="one-block"),
        pytest.param("```\na\n```\ntext\n```\nb\n```", "b", id="last-block"),
        pytest.param("```\na\n```\noutput:\n```\n6\n```", "6", id="a-sample-output-wins"),
        pytest.param("```\na\n```\nsee ``` there", "", id="a-fence-within-a-line-counts"),
        pytest.param("```\na\n```\nprose\n```", "prose", id="an-odd-number-gives-prose"),
        pytest.param("   ```py\n  a\n   ```", "  a", id="indented"),
        pytest.param("```a``` ```b```", "", id="all-in-one-line"),
        pytest.param("```\r\na\r\n```", "a\r", id="only-line-feeds-end-lines"),
    ],
)
def test_the_program_stands_between_the_last_two_fences(response: str, program: str) -> None:
    assert program_text(response) == program


@pytest.mark.parametrize(
    ("actual", "expected", "equal"),
    [
        ("6", "6\n", True),
        ("006", "6", True),
        ("0.30", "0.3", True),
        ("0.3333", "0.33333", False),
        ("1 2", "1   2.0", True),
        ("a b", "a   b", False),
        ("1\n2", "1 2", False),
        ("1\n\n2", "1\n2", False),
        ("  a\nb  \n", "a\n  b", True),
        ("sNaN 1", "sNaN  1", False),
        ("NaN", "nan", False),
        ("", "", True),
        ("", "0", False),
    ],
)
def test_outputs_are_equal_as_lines_or_as_numbers(actual: str, expected: str, equal: bool) -> None:
    assert outputs_equal(actual, expected) is equal


@pytest.mark.parametrize(
    ("actual", "expected", "equal"),
    [
        (True, 1, True),
        (1.0, 1, True),
        ((1, 2), [1, 2], True),
        ([(1, 2)], [[1, 2]], False),
        ("1", 1, False),
        (None, False, False),
        ({"a": 1}, {"a": True}, True),
        (0.1 + 0.2, 0.3, False),
    ],
)
def test_values_are_equal_as_python_says(actual: object, expected: Json, equal: bool) -> None:
    assert values_equal(actual, expected) is equal
