from __future__ import annotations

import pytest

from sandboxes.verifiers.assertions import assertion_cases


def cases(body: str) -> list[str]:
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    return assertion_cases(f"def check(candidate):\n{indented}\n")


def test_assertions_are_listed_in_source_order_without_messages() -> None:
    body = "if candidate(0):\n    assert candidate(1) == 2, 'message'\nassert candidate([3,4])==5"
    assert cases(body) == ["assert candidate(1) == 2", "assert candidate([3, 4]) == 5"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("x = candidate(1)\nassert x == 2", id="variable"),
        pytest.param("x = candidate(1)\ny = sorted(x)\nassert y == [2]", id="two-steps"),
        pytest.param("found = []\nfound.append(candidate(1))\nassert found == [2]", id="collected"),
        pytest.param("for x in candidate(1):\n    assert x", id="loop"),
        pytest.param("def go(n):\n    return candidate(n)\nassert go(1) == 2", id="helper"),
        pytest.param("def go(f):\n    assert f(1) == 2\ngo(candidate)", id="passed-on"),
        pytest.param("if (x := candidate(1)):\n    assert x == 2", id="walrus"),
    ],
)
def test_an_assertion_about_the_candidate_counts(body: str) -> None:
    assert len(cases(body)) == 1


@pytest.mark.parametrize("body", ["assert True, 'text'", "n = 3\nassert n == 3", "assert max(1, 2) == 2"])
def test_an_assertion_about_something_else_does_not_count(body: str) -> None:
    assert cases(body + "\nassert candidate(1)") == ["assert candidate(1)"]


def test_another_parameter_name_is_the_candidate_too() -> None:
    assert assertion_cases("def check(f):\n    assert f(1) == 2\n") == ["assert f(1) == 2"]


def test_broken_test_code_is_refused() -> None:
    with pytest.raises(ValueError, match="does not parse"):
        assertion_cases("def check(:")
