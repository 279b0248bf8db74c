"""The self-teacher's weights: the same model, seen through another adapter, through none, or through two at once.

    base            no adapter: the initial model                                   no memory, one pass
    live            the student's adapter as it is now                              no memory, one pass
    trust_region    logits (1 - η) base + η student, which is the normalised        no memory, two passes
                    geometric mean of the two (SDPO, equation 10)
    ema             a second adapter, θ' ← (1 - η) θ' + η θ after each update       one adapter, one pass
    sync            a second adapter, a copy of the student every n updates         one adapter, one pass

Never a second model. An adapter of rank 16 on qwen2.5-coder-0.5b is 35 MB in single precision, beside 1,260 MB of base
weights in bfloat16: that much more memory, and that much more in each saved folder, is all that ema and sync cost.
`python -m benchmarks.performance.teachers` measures it (benchmarks/results/teachers.json).

Departs from the released code, which averages full weights: the moving average is one of LoRA's two factors, as in
TRL; that of their product differs from it in second order. Not promised: stability. A live teacher is known to diverge
(SDPO, table 4).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

import torch
from peft import PeftModel, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file

from ttsd.learning.divergences import lerp_logits
from ttsd.learning.scoring import response_states

STUDENT, TEACHER = "default", "teacher"
WITH_ADAPTER = ("ema", "sync")  # the kinds that have one of their own


class Teacher:
    """One of the kinds above; it never gets a gradient."""

    def __init__(self, model: PeftModel, kind: str, rate: float, sync_steps: int) -> None:
        self._model, self._kind, self._rate, self._sync_steps = model, kind, rate, sync_steps
        if kind in WITH_ADAPTER and TEACHER not in model.peft_config:
            model.add_adapter(TEACHER, deepcopy(model.peft_config[STUDENT]))
        self.restart()

    @property
    def adapters(self) -> list[str]:
        """The names under which PEFT saves what a run must keep."""
        return [STUDENT, TEACHER] if self._kind in WITH_ADAPTER else [STUDENT]

    def views(self, sequences: Sequence[tuple[list[int], list[int]]]) -> list[torch.Tensor]:
        """Hidden states [T, D], one tensor a forward pass; `logits` says what becomes of them."""
        kinds = ("base", "live") if self._kind == "trust_region" else (self._kind,)
        return [self._states(kind, sequences) for kind in kinds]

    def logits(self, of_views: Sequence[torch.Tensor]) -> torch.Tensor:
        """Its logits [T, V] from those of its views."""
        if self._kind != "trust_region":
            return of_views[0]
        base_tv, student_tv = of_views
        return lerp_logits(base_tv, student_tv, self._rate)

    def _states(self, kind: str, sequences: Sequence[tuple[list[int], list[int]]]) -> torch.Tensor:
        with torch.no_grad(), self._seen_through(kind):
            return response_states(self._model, sequences)

    @contextmanager
    def _seen_through(self, kind: str) -> Iterator[None]:
        if kind == "base":
            with self._model.disable_adapter():
                yield
        elif kind == "live":
            yield
        else:
            with adapter(self._model, TEACHER):
                yield

    def follow(self, updates: int) -> None:
        """The student has taken update number `updates`, counted from 1."""
        if self._kind == "ema":
            self._mix(self._rate)
        elif self._kind == "sync" and updates % self._sync_steps == 0:
            self._mix(1.0)

    def restart(self) -> None:
        """Be the student as it is now."""
        if self._kind in WITH_ADAPTER:
            self._mix(1.0)

    def load(self, folder: Path) -> None:
        """Be what was saved in this adapter's folder."""
        if self._kind in WITH_ADAPTER:
            weights = load_file(folder / TEACHER / "adapter_model.safetensors")
            set_peft_model_state_dict(self._model, weights, adapter_name=TEACHER)

    @torch.no_grad()
    def _mix(self, rate: float) -> None:
        own, theirs = (_weights(self._model, name) for name in (TEACHER, STUDENT))
        for name, weight in own.items():
            weight.lerp_(theirs[name], rate)


def _weights(model: PeftModel, name: str) -> dict[str, torch.Tensor]:
    weights: dict[str, torch.Tensor] = get_peft_model_state_dict(model, adapter_name=name, save_embedding_layers=False)
    return weights


@contextmanager
def adapter(model: PeftModel, name: str) -> Iterator[None]:
    """This adapter is the active one meanwhile, frozen; afterwards the student's is again, and only it is trained."""
    model.set_adapter(name, inference_mode=True)  # PEFT makes whatever becomes active trainable
    try:
        yield
    finally:
        model.set_adapter(STUDENT)
