from itertools import groupby


def shorten(text):
    runs = ((letter, len(list(run))) for letter, run in groupby(text))
    return "".join(f"{letter}{length}" if length > 2 else letter * length for letter, length in runs)
