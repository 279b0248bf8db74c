"""Does the student repeat what only its teacher has read?

A teacher that reads the solution, or the tests, pulls the student toward text that the student has no reason to know
(RLSD, section on leakage): at first the answers improve, then they recite. `leak_share` counts answers that quote.

Not promised. Only verbatim quotes are seen, not paraphrases or a value that was learned by heart; and a phrase that
everybody writes counts as a quote when the privileged text holds it and the prompt does not. So compare the share with
that of the first group, which nothing has taught yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

MIN_WORDS = 8  # of a quote; a punctuation mark is a word
MIN_CHARACTERS = 24  # of its words together, so that a row of brackets is none
_WORD = re.compile(r"\w+|[^\w\s]")


def leak_share(responses: Sequence[str], privileged: str, shown: str) -> float:
    """Share of the responses that quote the privileged text where it says more than what was shown to the student.

    A quote is a run of at least `MIN_WORDS` words with `MIN_CHARACTERS` characters, whatever blanks are between them.
    Without responses the share is 0.

    Example: of ("the cat sat on a mat by the old red door", "no idea") the first quotes "look: the cat sat on a mat by
    the old red door": 0.5. Had the prompt said the same, 0.
    """
    secret = set(_runs(privileged)) - set(_runs(shown))
    quoting = sum(not secret.isdisjoint(_runs(response)) for response in responses)
    return quoting / len(responses) if responses else 0.0


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    """The shortest run that is long enough from each word on: equal runs begin equally, wherever they stand."""
    words = _WORD.findall(text)
    for start in range(len(words) - MIN_WORDS + 1):
        end, characters = start + MIN_WORDS, sum(map(len, words[start : start + MIN_WORDS]))
        while characters < MIN_CHARACTERS and end < len(words):
            characters += len(words[end])
            end += 1
        if characters >= MIN_CHARACTERS:
            yield tuple(words[start:end])
