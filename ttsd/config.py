"""Every setting of a run in one flat, frozen value, validated at the door and stored whole in the run folder.

A field's help text is what `ttsd solve --help` prints. Many names are those of TRL and PEFT.
Where the defaults come from: docs/defaults.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from ttsd.errors import UserError, did_you_mean


def setting(default: Any, text: str, *, choices: tuple[str, ...] = (), at_least: float | None = None) -> Any:
    """A dataclass field with the help text, the allowed words and the smallest allowed number beside it."""
    return field(default=default, metadata={"help": text, "choices": choices, "at_least": at_least})


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one run."""

    # What is run
    model: str = setting(
        "qwen2.5-coder-0.5b", "Hub id, local folder, .gguf file, or an embedded name (ttsd models list)."
    )
    method: str = setting("sdpo", "How attempts are made and learned from: sdpo, best-of-k, multi-turn, reprompt.")
    history: str = setting(
        "feedback", "multi-turn: what the next turn sees of earlier ones.", choices=("feedback", "attempts")
    )
    seed: int = setting(0, "Seed of every random choice.", at_least=0)

    # How much may be spent
    budget: int = setting(64, "Attempts at most; every generated response is one.", at_least=1)
    max_tokens_total: int = setting(0, "Generated tokens at most, looked at between groups; 0 = no limit.", at_least=0)
    max_time: float = setting(
        0.0, "Seconds at most, looked at between groups; 0 = no limit. --max-time 30m works too.", at_least=0
    )

    # Sampling
    group_size: int = setting(0, "Attempts per group; 0 = 8, and 1 for multi-turn.", at_least=0)
    max_completion_length: int = setting(512, "Tokens of one response at most.", at_least=1)
    temperature: float = setting(1.0, "Sampling temperature.", at_least=1e-3)
    top_p: float = setting(1.0, "Keep the smallest set of tokens with this much probability.", at_least=1e-6)

    # Learning
    learning_rate: float = setting(5e-5, "AdamW's rate for the LoRA weights, constant.", at_least=0)
    lora_r: int = setting(16, "Rank of the LoRA adapter.", at_least=1)
    lora_alpha: int = setting(32, "LoRA's scale is lora_alpha / lora_r.", at_least=1)
    distillation_topk: int = setting(20, "Support: the student's most likely tokens that are compared.", at_least=1)
    token_clip: float = setting(
        5.0, "A token whose divergence exceeds this gives no gradient; 0 = no clip.", at_least=0
    )
    max_grad_norm: float = setting(1.0, "Gradients are scaled down to this norm; 0 = as they are.", at_least=0)
    weight_decay: float = setting(0.0, "AdamW's weight decay.", at_least=0)
    micro_batch: int = setting(2, "Attempts in one forward and backward pass: memory against speed.", at_least=1)
    guard: bool = setting(True, "Undo a step that did harm and halve the rate.")

    # Machine
    device: str = setting("auto", "Where the model lives.", choices=("auto", "cpu", "cuda"))
    dtype: str = setting("auto", "Data type of the base weights.", choices=("auto", "bfloat16", "float32"))
    sandbox: str = setting("auto", "Where programs run: auto picks the strongest that works (ttsd doctor).")

    def __post_init__(self) -> None:
        for item in fields(self):
            _check(item.name, getattr(self, item.name), item.metadata)

    @property
    def attempts_per_group(self) -> int:
        """The group size, with 0 resolved."""
        return self.group_size or (1 if self.method == "multi-turn" else 8)


def configure(file: Path | None = None, /, **given: Any) -> Config:
    """The defaults, overlaid by a TOML file, overlaid by what was given on the command line."""
    values = {**(_read(file) if file else {}), **given}
    return replace(Config(), **_known(values))


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{file}: not a readable TOML file ({error}); write lines such as `budget = 64`.") from error


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with their types made right, or a sentence about the first that is wrong."""
    kinds = get_type_hints(Config)
    for name, value in values.items():
        if name not in kinds:
            raise UserError(f"unknown setting {name!r}{did_you_mean(name, kinds)}; see ttsd solve --help.")
        right = isinstance(value, kinds[name]) or (kinds[name] is float and isinstance(value, int))
        if not right or (isinstance(value, bool) and kinds[name] is not bool):
            raise UserError(f"{name} is {value!r}; it must be of type {kinds[name].__name__}.")
    return {name: kinds[name](value) for name, value in values.items()}


def _check(name: str, value: Any, rules: Mapping[str, Any]) -> None:
    if rules["choices"] and value not in rules["choices"]:
        raise UserError(f"{name} is {value!r}; it must be one of: {', '.join(rules['choices'])}.")
    if rules["at_least"] is not None and not value >= rules["at_least"]:
        raise UserError(f"{name} is {value}; it must be at least {rules['at_least']:g}.")
