"""OPSD: the teacher, which stays the initial model, reads privileged information about the solution.

Here that is what a person gives with --hint, a reference solution for example; the feedback is not used. Departs from
the paper in its subject: one problem, and an adapter that starts afresh.
"""

from __future__ import annotations

from dataclasses import replace

from ttsd.methods.sdpo import SDPO

OPSD = replace(
    SDPO,
    description="Pull the model toward itself reading a hint (--hint), such as a reference solution.",
    settings=tuple(name for name in SDPO.settings if name not in ("teacher_context", "include_environment_feedback")),
    defaults={"distillation_mode": "full_logits", "distillation_alpha": 0.5},
    fixed={"teacher_context": "hint"},
)
