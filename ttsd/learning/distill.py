"""The forward passes of a distillation step, without ever holding logits for more than a chunk of positions.

Both prompts go through the body of the model; only the positions that predict a response token go through the head,
a chunk at a time, and the chunk is computed again in the backward pass. Tensor names end in their dimensions:
b rows, s sequence positions, t response tokens of all rows one after the other, d width, v vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.utils.checkpoint import checkpoint

from ttsd.learning.datum import Datum
from ttsd.learning.divergences import clip_tokens, reverse_kl, with_tail

if TYPE_CHECKING:
    from peft import PeftModel

CHUNK = 128  # positions: [128, 150,000] in single precision is 77 MB


class TokenLosses(NamedTuple):
    """One number per response token of a batch, shape [T]; all but `loss` are detached."""

    loss: torch.Tensor  # KL(student‖teacher), clipped
    student_logp: torch.Tensor  # of the token that was sampled
    teacher_logp: torch.Tensor


def token_losses(
    model: PeftModel, data: Sequence[Datum], *, top_k: int, clip: float, temperature: float, chunk: int = CHUNK
) -> TokenLosses:
    """The student's and the self-teacher's view of the same response tokens.

    The teacher is the base model (adapter off) behind the reprompt; no gradient flows into it. The logits of both
    are divided by the sampling temperature, so that the student is the policy that was sampled from.
    """
    with torch.no_grad(), model.disable_adapter():
        teacher_td = response_states(model, [(datum.teacher_prompt_ids, datum.response_ids) for datum in data])
    student_td = response_states(model, [(datum.prompt_ids, datum.response_ids) for datum in data])
    target_t = torch.tensor([token for datum in data for token in datum.response_ids], device=student_td.device)
    head = model.get_base_model().get_output_embeddings()

    def chunk_losses(
        student_td: torch.Tensor, teacher_td: torch.Tensor, target_t: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        student_logp_tv = torch.log_softmax(head(student_td).float() / temperature, dim=-1)
        with torch.no_grad():
            teacher_logp_tv = torch.log_softmax(head(teacher_td).float() / temperature, dim=-1)
            support_tk = student_logp_tv.topk(min(top_k, student_logp_tv.shape[-1]), dim=-1).indices
        loss_t = reverse_kl(with_tail(student_logp_tv, support_tk), with_tail(teacher_logp_tv, support_tk))
        sampled = [
            logp_tv.detach().gather(-1, target_t[:, None])[:, 0] for logp_tv in (student_logp_tv, teacher_logp_tv)
        ]
        return clip_tokens(loss_t, clip), *sampled

    pieces = [
        checkpoint(chunk_losses, *piece, use_reentrant=False)
        for piece in zip(*(torch.split(each, chunk) for each in (student_td, teacher_td, target_t)), strict=True)
    ]
    return TokenLosses(*(torch.cat(column) for column in zip(*pieces, strict=True)))


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


def sequence_mean(token_values_t: torch.Tensor, data: Sequence[Datum]) -> torch.Tensor:
    """Mean over each response's tokens, shape [B]: a long answer weighs as much as a short one."""
    return torch.stack(
        [part.mean() for part in torch.split(token_values_t, [len(datum.response_ids) for datum in data])]
    )
