"""The forward passes of a step, without ever holding logits for more than a chunk of positions.

Both prompts go through the body of the model; only the positions that predict a response token go through the head,
a chunk at a time, and the chunk is computed again in the backward pass. Tensor names end in their dimensions:
b rows, s sequence positions, t response tokens of all rows one after the other, d width, v vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.utils.checkpoint import checkpoint

from ttsd.learning.datum import Datum

if TYPE_CHECKING:
    from peft import PeftModel

    from ttsd.learning.teacher import Teacher

CHUNK = 128  # positions: [128, 150,000] in single precision is 77 MB

Compare = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]  # student_logp_tv, teacher_logp_tv -> divergence_t


class Scores(NamedTuple):
    """One number per response token of a batch, shape [T]. Gradients flow through all but the teacher's."""

    student_logp: torch.Tensor  # of the token that was sampled
    teacher_logp: torch.Tensor  # detached; the student's own where there is no teacher
    divergence: torch.Tensor  # as `compare` makes it; zeros without a teacher or a comparison


def score(
    model: PeftModel,
    teacher: Teacher,
    data: Sequence[Datum],
    *,
    compare: Compare | None,
    temperature: float,
    chunk: int = CHUNK,
) -> Scores:
    """The student's view of the response tokens and the self-teacher's, which all or none of `data` have.

    The logits of both are divided by the sampling temperature, so that the student is the policy that was sampled from.
    """
    student_td = response_states(model, [(datum.prompt_ids, datum.response_ids) for datum in data])
    taught = [(datum.teacher_prompt_ids, datum.response_ids) for datum in data if datum.teacher_prompt_ids is not None]
    if len(taught) not in (0, len(data)):
        raise ValueError(f"expected a teacher's prompt for all attempts of a batch or for none, got {len(taught)}")
    views_ntd = teacher.views(taught) if taught else []
    target_t = torch.tensor([token for datum in data for token in datum.response_ids], device=student_td.device)
    head = model.get_base_model().get_output_embeddings()

    def of_chunk(
        target_t: torch.Tensor, student_td: torch.Tensor, *teacher_ntd: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        student_logp_tv = torch.log_softmax(head(student_td).float() / temperature, dim=-1)
        student_t = _of_tokens(student_logp_tv, target_t)
        if not teacher_ntd:
            return student_t, student_t.detach(), torch.zeros_like(student_t)
        with torch.no_grad():
            logits_tv = teacher.logits([head(td).float() for td in teacher_ntd])
            teacher_logp_tv = torch.log_softmax(logits_tv / temperature, dim=-1)
        divergence_t = compare(student_logp_tv, teacher_logp_tv) if compare else torch.zeros_like(student_t)
        return student_t, _of_tokens(teacher_logp_tv, target_t), divergence_t

    columns = [torch.split(each, chunk) for each in (target_t, student_td, *views_ntd)]
    pieces = [checkpoint(of_chunk, *piece, use_reentrant=False) for piece in zip(*columns, strict=True)]
    return Scores(*(torch.cat(column) for column in zip(*pieces, strict=True)))


def _of_tokens(logp_tv: torch.Tensor, ids_t: torch.Tensor) -> torch.Tensor:
    return logp_tv.gather(-1, ids_t[:, None])[:, 0]


def response_states(model: PeftModel, sequences: Sequence[tuple[list[int], list[int]]]) -> torch.Tensor:
    """Last hidden states at the positions that predict response tokens, shape [T, D], rows one after the other."""
    device = model.device
    width = max(len(prompt) + len(response) for prompt, response in sequences)
    ids_bs = torch.zeros(len(sequences), width, dtype=torch.long)
    mask_bs = torch.zeros_like(ids_bs)
    for row, (prompt, response) in enumerate(sequences):
        ids_bs[row, : len(prompt) + len(response)] = torch.tensor(prompt + response)
        mask_bs[row, : len(prompt) + len(response)] = 1
    body = model.get_base_model().get_decoder()
    states_bsd = body(input_ids=ids_bs.to(device), attention_mask=mask_bs.to(device), use_cache=False).last_hidden_state
    # Position p predicts token p + 1.
    rows = [
        states_bsd[row, len(prompt) - 1 : len(prompt) + len(response) - 1]
        for row, (prompt, response) in enumerate(sequences)
    ]
    return torch.cat(rows)
