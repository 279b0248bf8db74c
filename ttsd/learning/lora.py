"""SDPO's LoRA step: pull the student toward the frozen base model that reads the feedback.

Departs from the paper in three ways: an adapter on all linear layers instead of full weights, a frozen teacher
(the adapter switched off) instead of a moving average, and the mean over the attempts that carry a signal instead
of over all. The adapter stays in single precision over a bfloat16 base and is never merged.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import torch
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file

from ttsd.config import Config
from ttsd.errors import UserError, reason
from ttsd.learning.datum import Datum, align
from ttsd.learning.distill import sequence_mean, token_losses
from ttsd.learning.guards import Guard, group_statistics
from ttsd.types import Action, Rollout, Step

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

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


class SdpoLearner:
    """Learns from the feedback on failed attempts."""

    def __init__(
        self,
        model: PeftModel,
        tokenizer: PreTrainedTokenizerBase,
        config: Config,
        store: AdapterStore,
        steps: Sequence[Step],
    ) -> None:
        """Continue after `steps`: the adapter and the optimizer of the last one are loaded from the store."""
        self._model, self._tokenizer, self._config, self._store = model, tokenizer, config, store
        self._trained = [weight for weight in model.parameters() if weight.requires_grad]
        self._initial = {name: weight.clone() for name, weight in get_peft_model_state_dict(model).items()}
        self._guard = Guard(steps)
        self._version = steps[-1].policy_version if steps else 0
        self._rate = steps[-1].metrics["learning_rate"] if steps else config.learning_rate
        self._load(self._version)

    def learn(self, group: int, rollouts: Sequence[Rollout]) -> Step:
        began = time.monotonic()
        statistics = group_statistics(rollouts)
        harm = self._guard.harm(statistics) if self._config.guard else ""
        if harm and self._guard.good_version != self._version:
            result = self._roll_back(harm)
        else:
            context = self._model.config.max_position_embeddings
            data = [align(rollout, self._tokenizer, context) for rollout in rollouts]
            result = self._update([datum for datum in data if datum])
        metrics = statistics | result.metrics | {"learning_rate": self._rate}
        step = Step(group, self._version, result.action, result.reason, metrics, time.monotonic() - began)
        self._guard.saw(step)
        return step

    def _update(self, data: list[Datum]) -> _Result:
        if not data:
            return _Result("skip", "no attempt of this group carries a signal")
        metrics = self._accumulate_gradients(data)
        norm = float(torch.nn.utils.clip_grad_norm_(self._trained, self._config.max_grad_norm or math.inf))
        metrics |= {"grad_norm": norm, "signal_attempts": len(data)}
        if not math.isfinite(norm):
            self._optimizer.zero_grad()
            return _Result("skip", f"the gradient's norm is {norm}", metrics)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._save_as(self._version + 1)
        return _Result("update", metrics=metrics)

    def _accumulate_gradients(self, data: list[Datum]) -> dict[str, float]:
        """Add the gradient of the mean, over the attempts, of each attempt's mean token loss; return what was seen."""
        config, totals = self._config, torch.zeros(4)
        # Attempts of like length side by side: less padding.
        data = sorted(data, key=lambda datum: len(datum.response_ids) + len(datum.prompt_ids))
        for start in range(0, len(data), config.micro_batch):
            batch = data[start : start + config.micro_batch]
            losses = token_losses(
                self._model,
                batch,
                top_k=config.distillation_topk,
                clip=config.token_clip,
                temperature=config.temperature,
            )
            loss = sequence_mean(losses.loss, batch).sum() / len(data)
            torch.autograd.backward(loss)
            sampled_logp = torch.tensor([logp for datum in batch for logp in datum.logprobs])
            seen = (
                losses.loss.detach(),
                losses.teacher_logp - losses.student_logp,
                (losses.student_logp.cpu() - sampled_logp).abs(),
                (losses.loss.detach() >= (config.token_clip or math.inf)).float(),
            )
            totals += torch.stack([sequence_mean(each.cpu(), batch).sum() for each in seen])
        names = ("loss", "teacher_minus_student", "sampler_mismatch", "clipped_tokens")
        return dict(zip(names, (totals / len(data)).tolist(), strict=True))

    def _roll_back(self, harm: str) -> _Result:
        """Put the last good adapter back, under a new number, and go on with half the rate."""
        good = self._guard.good_version
        self._load(good)
        self._rate /= 2
        self._set_rate()
        self._save_as(self._version + 1)
        return _Result("roll back", f"{harm}: back to adapter {good} at half the learning rate")

    def _save_as(self, version: int) -> None:
        def write(folder: Path) -> None:
            # "auto" would ask the hub whether the vocabulary has changed.
            self._model.save_pretrained(str(folder), save_embedding_layers=False)
            torch.save(self._optimizer.state_dict(), folder / OPTIMIZER_FILE)

        self._store.save_adapter(version, write, keep={self._version, self._guard.good_version})
        self._version = version

    def _load(self, version: int) -> None:
        """Weights and optimizer as they were after this version was made; 0 is a fresh adapter."""
        self._optimizer = torch.optim.AdamW(self._trained, lr=self._rate, weight_decay=self._config.weight_decay)
        weights = self._initial
        if version:
            weights, state = _read_adapter(self._store.adapter(version))
            self._optimizer.load_state_dict(state)
        set_peft_model_state_dict(self._model, weights)
        self._set_rate()

    def _set_rate(self) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate


def _read_adapter(folder: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The weights and the optimizer's state in an adapter's folder."""
    try:
        state = torch.load(folder / OPTIMIZER_FILE, weights_only=True, map_location="cpu")
        return load_file(folder / "adapter_model.safetensors"), state
    except Exception as error:  # a damaged file surfaces as an error of some library's own
        raise UserError(
            f"{folder} is damaged ({reason(error)}): restore it from a copy, or start a new run with ttsd solve."
        ) from error


class _Result(NamedTuple):
    action: Action
    reason: str = ""
    metrics: dict[str, float] = {}  # noqa: RUF012
