import pytest
from roman import from_roman, to_roman


def test_numbers_are_written(known):
    for number, numeral in known.items():
        assert to_roman(number) == numeral


def test_numerals_are_read(known):
    for number, numeral in known.items():
        assert from_roman(numeral) == number


@pytest.mark.parametrize("number", [0, -1, 4000])
def test_a_number_out_of_range_is_refused(number):
    with pytest.raises(ValueError):  # noqa: PT011 - any message will do
        to_roman(number)
