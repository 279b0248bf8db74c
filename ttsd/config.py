"""Every setting of a run in one flat, frozen value, validated at the door and stored whole in the run folder.

A field's help text is what `ttsd solve --help` prints. Many names are those of TRL and PEFT.
Where the defaults come from: docs/defaults.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from ttsd.errors import UserError, did_you_mean, seen
from ttsd.reprompt import CONTEXTS
from ttsd.textfiles import WORDS, read_text, read_toml

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_ANY = 10**9  # where nothing but the machine sets a limit: more is a slip of the hand


def setting(
    default: Any, text: str, *, choices: tuple[str, ...] = (), within: tuple[float, float] | None = None
) -> Any:
    """A dataclass field with the help text and the allowed words, or the smallest and the largest number, beside it."""
    return field(default=default, metadata={"help": text, "choices": choices, "within": within})


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one run."""

    # What is run
    model: str = setting(
        "qwen2.5-coder-0.5b", "Hub id, local folder, .gguf file, or an embedded name (ttsd models list)."
    )
    method: str = setting("sdpo", "How attempts are made and learned from (ttsd methods).")
    history: str = setting(
        "feedback", "multi-turn: what the next turn sees of earlier ones.", choices=("feedback", "attempts")
    )
    seed: int = setting(0, "Seed of every random choice.", within=(0, 2**63 - 1))

    # How much may be spent
    budget: int = setting(64, "Attempts at most; every generated response is one.", within=(1, _ANY))
    max_tokens_total: int = setting(
        0, "Generated tokens at most, looked at between groups; 0 = no limit.", within=(0, _ANY)
    )
    max_time: float = setting(
        0.0,
        "Seconds at most, or 30m, 2h, 1d; without loading the model; looked at between groups; 0 = no limit.",
        within=(0, _ANY),
    )

    continue_after_success: int = setting(
        0, "Groups to go on for after the first success, to measure or to train on.", within=(0, _ANY)
    )

    # Sampling
    group_size: int = setting(8, "Attempts per group; 1 for multi-turn.", within=(1, _ANY))
    max_completion_length: int = setting(512, "Tokens of one response at most.", within=(1, _ANY))
    temperature: float = setting(1.0, "Sampling temperature.", within=(1e-3, 100))
    top_p: float = setting(1.0, "Keep the smallest set of tokens with this much probability.", within=(1e-6, 1))

    mix_reprompt: float = setting(0.0, "Share of each group that answers the self-teacher's prompts.", within=(0, 1))

    # What the self-teacher sees
    teacher_context: str = setting(
        "feedback", "What the self-teacher sees beside the problem (docs/methods.md).", choices=tuple(CONTEXTS)
    )
    hint: str = setting("", "Advice of yours for the self-teacher: a text, or a file that holds it.")
    include_environment_feedback: bool = setting(
        True, "Let prompts hold what the verifier said; without it only pass or fail is known."
    )
    template_dir: str = setting(
        "", "Folder whose hint.md, demonstration.md, attempt.md, feedback.md replace the sections of a prompt."
    )

    # The self-teacher's weights
    teacher_model_kind: str = setting(
        "base",
        "base: the model without adapter; ema: a moving average; trust_region: between base and student; "
        "live: the student; sync: a copy of the student, taken anew every teacher_sync_steps updates.",
        choices=("base", "ema", "trust_region", "live", "sync"),
    )
    teacher_update_rate: float = setting(
        0.01, "ema: share of the student in each update; trust_region: share of its logits.", within=(0, 1)
    )
    teacher_sync_steps: int = setting(10, "sync: updates between two copies.", within=(1, _ANY))

    # Distillation
    distillation_mode: str = setting(
        "topk_logits",
        "What is compared at each token: the whole vocabulary, the top-k tokens, the sampled token, or the latter's "
        "mean over the response.",
        choices=("full_logits", "topk_logits", "sampled_token", "sequence"),
    )
    distillation_alpha: float = setting(
        1.0, "0: KL(teacher‖student), 1: KL(student‖teacher), between: JSD.", within=(0, 1)
    )
    distillation_topk: int = setting(20, "Support: the most likely tokens that are compared.", within=(1, _ANY))
    distillation_support: str = setting(
        "student", "Whose most likely tokens are compared.", choices=("student", "teacher")
    )
    distillation_add_tail: bool = setting(True, "Compare the left-over mass as one more token; else renormalise.")
    distillation_is_clip: float = setting(
        2.0,
        "Most weight of a token that the student finds likelier than its sampler did; 0 = no weights.",
        within=(0, _ANY),
    )
    token_clip: float = setting(
        5.0,
        "Nats: a token of a larger divergence gives no gradient, an advantage is held within it; 0 = no clip.",
        within=(0, _ANY),
    )

    # Reward and advantage
    grpo_weight: float = setting(0.0, "Share of GRPO in sdpo's loss.", within=(0, 1))
    reward: str = setting(
        "graded",
        "binary: pass or fail; graded: failures by the share of visible tests they pass.",
        choices=("binary", "graded"),
    )
    advantage: str = setting(
        "group",
        "Reward minus the group's mean; the same over its standard deviation; minus advantage_baseline (our variant).",
        choices=("group", "group-normalised", "absolute"),
    )
    advantage_baseline: float = setting(0.5, "The reward that --advantage absolute measures against.", within=(0, 1))
    epsilon: float = setting(0.2, "The surrogate's lower clip of the probability ratio.", within=(0, 1))
    epsilon_high: float = setting(0.28, "Its upper clip.", within=(0, _ANY))
    rlsd_mix: float = setting(0.5, "Share of the self-teacher in a token's advantage, at first.", within=(0, 1))
    rlsd_mix_steps: int = setting(50, "Updates after which that share is 0; 0 = it stays.", within=(0, _ANY))
    rlsd_clip: float = setting(0.2, "A token's weight stays within 1 minus and 1 plus this.", within=(0, 1))

    # The step
    learning_rate: float = setting(5e-5, "AdamW's rate for the LoRA weights, constant.", within=(0, 1))
    lora_r: int = setting(16, "Rank of the LoRA adapter.", within=(1, 4096))
    lora_alpha: int = setting(32, "LoRA's scale is lora_alpha / lora_r.", within=(1, _ANY))
    max_grad_norm: float = setting(1.0, "Gradients are scaled down to this norm; 0 = as they are.", within=(0, _ANY))
    weight_decay: float = setting(0.0, "AdamW's weight decay.", within=(0, 1))
    micro_batch: int = setting(2, "Attempts in one forward and backward pass: memory against speed.", within=(1, _ANY))
    guard: bool = setting(True, "Skip, slow down, undo or end training when it does harm (docs/guards.md).")

    # Machine
    device: str = setting("auto", "Where the model lives.", choices=("auto", "cpu", "cuda"))
    dtype: str = setting("auto", "Data type of the base weights.", choices=("auto", "bfloat16", "float32"))
    sandbox: str = setting("auto", "Where programs run: auto takes the strongest that works (ttsd sandbox list).")
    docker_runtime: str = setting("", "What starts Docker's containers: runsc is gVisor; empty = the daemon's default.")

    def __post_init__(self) -> None:
        for item in fields(self):
            _check(item.name, getattr(self, item.name), item.metadata)


def overlay(file: Path | None = None, defaults: Mapping[str, Any] | None = None, /, **given: Any) -> Config:
    """Config's values, overlaid by other defaults, by a TOML file, and by what was given."""
    start = replace(Config(), **(defaults or {}))
    return replace(_of_file(file, start) if file else start, **_known(given))


def _of_file(file: Path, start: Config) -> Config:
    values = read_toml(file, "name a TOML file with lines such as `budget = 64`")
    try:
        for name, value in values.items():
            if isinstance(value, dict):
                raise UserError(f"[{name:.60}] is a table; write the settings without one, each on a line of its own.")
        return replace(start, **_known(values))
    except UserError as error:
        raise UserError(f"{file}: {error}") from error


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with their types made right, or a sentence about the first that is wrong."""
    kinds = get_type_hints(Config)
    for name in values:
        if name not in kinds:
            raise UserError(f"unknown setting {name!r:.60}{did_you_mean(name, kinds)}; see ttsd solve --help.")
    return {name: _converted(name, kinds[name], value) for name, value in values.items()}


def _converted(name: str, kind: type, value: Any) -> Any:
    if name == "max_time" and isinstance(value, str):
        return _seconds(value)
    if name == "hint" and isinstance(value, str):
        return _text_or_file(value)
    if kind is float and type(value) is int:
        return float(value) if abs(value) <= _ANY else value  # is refused for its size; float() may not take it
    if type(value) is not kind:  # to Python True is an int; to us it is not
        wanted = "seconds or a duration such as 30m" if name == "max_time" else WORDS[kind]
        raise UserError(f"{name} is {seen(value)}; it must be {wanted}.")
    return value


def _seconds(text: str) -> float:
    """From a number that may have a unit: 90, 30m, 2h."""
    match = re.fullmatch(r"(\d+(?:\.\d*)?)\s*([smhd]?)", text.strip())
    if not match:
        raise UserError(f"max_time is {seen(text)}; write seconds or a number with s, m, h or d, for example 30m.")
    return float(match[1]) * _SECONDS[match[2] or "s"]


def _text_or_file(value: str) -> str:
    """What the file of that name holds, when there is one; a name of none is a slip of the hand and no advice."""
    remedy = "give --hint a text or a file that holds one"
    try:
        is_file = Path(value).is_file()
    except (OSError, ValueError):  # a text too long for a name, or with a null character
        is_file = False
    if not is_file and re.fullmatch(r"\S*(/\S*|\.(txt|md|py))", value):
        raise UserError(f"hint is {seen(value)}, and there is no such file; {remedy}.")
    return read_text(Path(value), remedy) if is_file else value


def _check(name: str, value: Any, rules: Mapping[str, Any]) -> None:
    if rules["choices"] and value not in rules["choices"]:
        raise UserError(f"{name} is {seen(value)}; it must be one of: {', '.join(rules['choices'])}.")
    if rules["within"]:
        low, high = rules["within"]
        if not low <= value <= high:  # so that nan is refused as well
            raise UserError(f"{name} is {seen(value)}; it must be from {low:,} to {high:,}.")
