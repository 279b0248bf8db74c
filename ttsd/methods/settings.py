"""Which settings the parts of a method read, by name: what else is typed is refused."""

from __future__ import annotations

CONTEXT = ("teacher_context", "hint", "template_dir", "include_environment_feedback")
TEACHER = ("teacher_model_kind", "teacher_update_rate", "teacher_sync_steps")
STEP = ("learning_rate", "weight_decay", "max_grad_norm", "lora_r", "lora_alpha", "micro_batch", "guard")
DISTILLATION = (
    *("distillation_mode", "distillation_alpha", "distillation_topk", "distillation_support"),
    *("distillation_add_tail", "distillation_is_clip", "token_clip"),
)
POLICY_GRADIENT = ("reward", "advantage", "advantage_baseline", "epsilon", "epsilon_high")
RLSD = ("rlsd_mix", "rlsd_mix_steps", "rlsd_clip")
