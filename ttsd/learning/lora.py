"""The LoRA adapter of a run: made, optimised, saved in PEFT's form, loaded again.

It stays in single precision over a bfloat16 base and is never merged. Departs from SDPO, which trains all weights:
learning rates of its papers and scripts are far too small here, and its weight decay, which pulls an adapter toward
the base model, is 0 unless it is asked for.

Not promised: that a rate which suits one model and rank suits another, or that an adapter loads with another base.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file

from ttsd.config import Config
from ttsd.errors import UserError, reason
from ttsd.learning.teacher import Teacher

if TYPE_CHECKING:
    from transformers import PreTrainedModel

OPTIMIZER_FILE = "optimizer.pt"


class AdapterStore(Protocol):
    """Where adapters are kept."""

    def adapter(self, version: int) -> Path: ...
    def save_adapter(self, version: int, write: Callable[[Path], None], *, keep: Iterable[int]) -> None: ...


def add_adapter(model: PreTrainedModel, config: Config) -> PeftModel:
    """The model with a fresh adapter, which changes nothing until it is trained."""
    torch.manual_seed(config.seed)
    # No dropout: the student must be the policy that was sampled from.
    lora = LoraConfig(
        r=config.lora_r,
        lora_alpha=config.lora_alpha,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    with warnings.catch_warnings():
        # peft 0.21 reads an attribute that transformers 5.23 has renamed; the value is the same.
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        return get_peft_model(model, lora).eval()


class Adapter:
    """The student's weights with their optimizer and the self-teacher that follows them, by version; 0 is fresh."""

    def __init__(self, model: PeftModel, teacher: Teacher, config: Config, store: AdapterStore) -> None:
        self.model, self.teacher, self._store = model, teacher, store
        self._weight_decay, self._max_norm = config.weight_decay, config.max_grad_norm or math.inf
        self._trained = [weight for weight in model.parameters() if weight.requires_grad]
        self._initial = {name: weight.clone() for name, weight in _state(model).items()}
        self.version = 0
        self._optimizer = self._fresh_optimizer(config.learning_rate)

    @property
    def rate(self) -> float:
        """The learning rate."""
        rate: float = self._optimizer.param_groups[0]["lr"]
        return rate

    def clip(self) -> float:
        """Scale the gradients that have gathered down to the norm allowed; the norm they had."""
        return float(torch.nn.utils.clip_grad_norm_(self._trained, self._max_norm))

    def update(self, rate: float) -> None:
        """Step along the gradients at this rate, which stays."""
        self._set_rate(rate)
        self._optimizer.step()
        self.drop_gradients()

    def drop_gradients(self) -> None:
        """Forget them."""
        self._optimizer.zero_grad()

    def save(self, *, keep: Iterable[int]) -> None:
        """Under the next version, which is then the present one. The present and those to `keep` stay on the disk."""

        def write(folder: Path) -> None:
            # "auto" would ask the hub whether the vocabulary has changed.
            self.model.save_pretrained(
                str(folder), selected_adapters=self.teacher.adapters, save_embedding_layers=False
            )
            torch.save(self._optimizer.state_dict(), folder / OPTIMIZER_FILE)

        self._store.save_adapter(self.version + 1, write, keep={self.version, *keep})
        self.version += 1

    def restore(self, version: int, rate: float) -> None:
        """Weights, optimizer and teacher as they were when this version was saved; the version itself stays."""
        self._optimizer = self._fresh_optimizer(rate)
        if not version:
            set_peft_model_state_dict(self.model, self._initial)
            self.teacher.restart()
            return
        folder = self._store.adapter(version)
        try:
            self._optimizer.load_state_dict(_optimizer_state(folder))
            set_peft_model_state_dict(self.model, load_file(folder / "adapter_model.safetensors"))
            self.teacher.load(folder)
        except Exception as error:  # a damaged file surfaces as an error of some library's own
            raise UserError(
                f"{folder} is damaged ({reason(error)}): restore it from a copy, or start a new run with ttsd solve."
            ) from error
        self._set_rate(rate)

    def _set_rate(self, rate: float) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = rate

    def _fresh_optimizer(self, rate: float) -> torch.optim.AdamW:
        return torch.optim.AdamW(self._trained, lr=rate, weight_decay=self._weight_decay)


def _state(model: PeftModel) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = get_peft_model_state_dict(model, save_embedding_layers=False)
    return state


def _optimizer_state(folder: Path) -> dict[str, Any]:
    state: dict[str, Any] = torch.load(folder / OPTIMIZER_FILE, weights_only=True, map_location="cpu")
    return state
