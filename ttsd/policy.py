"""Loads a model and wires sampler and learner to the same weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from huggingface_hub import constants, get_session
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging

from ttsd.config import Config
from ttsd.errors import UserError, reason
from ttsd.learning.learner import LoraLearner
from ttsd.learning.lora import add_adapter
from ttsd.methods.base import Learner, NoLearner, method_spec
from ttsd.models import ModelSource
from ttsd.record import Record
from ttsd.sampling.transformers import TransformersSampler
from ttsd.tokens import refuse_other_tail
from ttsd.types import Chat


@dataclass(frozen=True)
class Policy:
    """A sampler and a learner that share one model."""

    tokenizer: PreTrainedTokenizerBase
    sampler: TransformersSampler
    learner: Learner
    context_length: int
    max_completion_length: int

    def refuse_other_tail(self, student: Chat, teacher: Chat) -> None:
        """The self-teacher must read the response where the student wrote it: behind the same end of the prompt."""
        refuse_other_tail(self.tokenizer, student, teacher)

    def fits(self, chat: Chat) -> bool:
        """Whether the prompt leaves room for a whole response."""
        return self.sampler.count_tokens(chat) + self.max_completion_length <= self.context_length


def load_policy(source: ModelSource, config: Config, record: Record) -> Policy:
    """The policy as it was after the last step in `record`."""
    model, tokenizer = load_model(source, config)
    learner: Learner = NoLearner()
    if objective := method_spec(config.method).objective:
        _refuse_altered_logits(model)
        model = add_adapter(model, config)
        learner = LoraLearner(model, tokenizer, objective(config), config, record, record.steps)
    sampler = make_sampler(model, tokenizer, config)
    sampler.use(record.policy_version)
    return Policy(tokenizer, sampler, learner, model.config.max_position_embeddings, config.max_completion_length)


def make_sampler(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, config: Config) -> TransformersSampler:
    """A sampler of this model as it is."""
    return TransformersSampler(
        model,
        tokenizer,
        seed=config.seed,
        max_new_tokens=config.max_completion_length,
        temperature=config.temperature,
        top_p=config.top_p,
    )


def _refuse_altered_logits(model: PreTrainedModel) -> None:
    """A step computes logits as head(states). Families that scale or cap them afterwards would be scored wrongly."""
    plain = {"final_logit_softcapping": None, "logit_scale": 1.0, "logits_scaling": 1.0}
    for name, harmless in plain.items():
        if getattr(model.config, name, harmless) != harmless:
            raise UserError(f"this model sets {name}, which learning does not support yet; use --method best-of-k.")


def load_model(source: ModelSource, config: Config) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The model in evaluation mode on its device, and its tokenizer."""
    device, dtype = _device(config.device), _dtype(config.dtype)
    logging.disable_progress_bar()  # the run has a progress line of its own
    offline = source.kind == "hub" and not _hub_answers()
    here = {"local_files_only": offline or source.kind != "hub"}
    try:
        model = AutoModelForCausalLM.from_pretrained(source.location, dtype=dtype, adapter_kwargs=here, **here)
        tokenizer = AutoTokenizer.from_pretrained(source.location, **here)
        model = model.to(device).eval()
    except Exception as error:  # whatever is wrong with a model's files surfaces as an error of some library's own
        missing = offline and isinstance(error, OSError)  # as transformers says that a file is not there
        told = (
            f"{constants.ENDPOINT} does not answer, and the model is not on this machine" if missing else reason(error)
        )
        raise UserError(
            f"cannot load the model {source.name!r} ({told}); name a hub id that can be reached, a folder that "
            "save_pretrained wrote with its tokenizer, or one of: ttsd models list"
        ) from error
    return model, tokenizer


def _hub_answers() -> bool:
    """Asked once: left to itself, the hub's library asks for a minute."""
    session = get_session()
    try:
        session.head(constants.ENDPOINT, timeout=constants.DEFAULT_REQUEST_TIMEOUT)
    except Exception:  # of whichever HTTP library it uses: that has changed
        return False
    return True


def describe_device(config: Config) -> dict[str, Any]:
    """What the run folder says of where the model lives, with "auto" resolved."""
    device = _device(config.device)
    gpu = torch.cuda.get_device_name() if device == "cuda" else None
    dtype = str(_dtype(config.dtype)).removeprefix("torch.")
    return {"device": device, "dtype": dtype, "gpu": gpu, "threads": torch.get_num_threads()}


def _dtype(wanted: str) -> torch.dtype:
    return torch.float32 if wanted == "float32" else torch.bfloat16


def _device(wanted: str) -> str:
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda: this torch sees no GPU; use --device cpu, or install a torch built for CUDA.")
    return ("cuda" if torch.cuda.is_available() else "cpu") if wanted == "auto" else wanted
