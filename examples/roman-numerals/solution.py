LETTERS = ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I")
NUMBERS = (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1)
VALUES = dict(zip(LETTERS, NUMBERS, strict=True))


def to_roman(number):
    if not 1 <= number <= 3999:
        raise ValueError(f"{number} is not from 1 to 3999")
    written = ""
    for letters, value in VALUES.items():
        written += letters * (number // value)
        number %= value
    return written


def from_roman(text):
    number, rest = 0, text
    for letters, value in VALUES.items():
        while rest.startswith(letters):
            number, rest = number + value, rest[len(letters) :]
    if rest or not 1 <= number <= 3999 or to_roman(number) != text:
        raise ValueError(f"{text!r} is no Roman numeral")
    return number
