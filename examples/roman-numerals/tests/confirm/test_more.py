import pytest
from roman import from_roman, to_roman


@pytest.mark.parametrize("number", range(1, 4000, 97))
def test_there_and_back(number):
    assert from_roman(to_roman(number)) == number


@pytest.mark.parametrize("text", ["", "IIII", "VX", "IC", "mcm", "MMMM", "IVI", "X V", "12"])
def test_what_is_no_numeral_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - any message will do
        from_roman(text)
