#: kind = "function"
#: status = "pass"
#: cases = [[["abca"], {"a" = 2, "b" = 1, "c" = 1}]]
from collections import Counter


def f(text):
    return Counter(letter for letter in text)
