"""The seam between the loop and whatever generates text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from ttsd.types import Attempt, Chat


class Request(NamedTuple):
    """Attempt number `k` is wanted, in answer to `chat`."""

    k: int
    chat: Chat


class Sampler(Protocol):
    """Generates attempts from one policy."""

    policy_version: int
    """The adapter that the next samples come from; 0 is the base model."""

    def sample(self, requests: Sequence[Request], group: int) -> Iterator[Attempt]:
        """One attempt per request, yielded as each finishes, in any order.

        An attempt depends on the run's seed, its `k`, its chat and the policy, and on nothing else that the caller
        can see: asking for one attempt of a group again gives the same attempt. (A model computed in bfloat16 may
        round differently in a batch of another size.) Any exception ends the run, which can be resumed.
        """
        ...

    def use(self, policy_version: int) -> None:
        """Sample from this adapter from now on."""
        ...

    def count_tokens(self, chat: Chat) -> int:
        """Length of the prompt in tokens, the chat template included."""
        ...
