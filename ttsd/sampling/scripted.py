"""A sampler without a model: the public test double. It reads its answers from a function of the attempt's number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ttsd.sampling.base import Request
from ttsd.types import Attempt, Chat


class ScriptedSampler:
    """Answers attempt k with `answer(k)`; characters stand for tokens.

    >>> sampler = ScriptedSampler(lambda k: "right" if k == 3 else "wrong")
    >>> [attempt.response for attempt in sampler.sample([Request(3, ())], group=0)]
    ['right']
    """

    def __init__(self, answer: Callable[[int], str]) -> None:
        self._answer = answer
        self.policy_version = 0

    def sample(self, requests: Sequence[Request], group: int) -> Iterator[Attempt]:
        for request in requests:
            text = self._answer(request.k)
            yield Attempt(
                k=request.k,
                group=group,
                policy_version=self.policy_version,
                response=text,
                token_ids=tuple(map(ord, text)),
                logprobs=(0.0,) * len(text),
                finish_reason="stop",
                prompt=request.chat,
                prompt_tokens=self.count_tokens(request.chat),
            )

    def use(self, policy_version: int) -> None:
        self.policy_version = policy_version

    def count_tokens(self, chat: Chat) -> int:
        return sum(len(message.content) for message in chat)
