import pytest


@pytest.fixture(scope="session")
def known():
    """Numbers and their numerals."""
    return {1: "I", 4: "IV", 9: "IX", 14: "XIV", 40: "XL", 90: "XC", 400: "CD", 944: "CMXLIV", 3999: "MMMCMXCIX"}
