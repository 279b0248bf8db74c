"""The self-teacher's prompt: the problem, what the verifier said about one attempt, and the student's own format line.

Departs from SDPO's template in its end: the answer's format is asked for again, because a reprompt that ends
otherwise teaches the student another form of answer (docs/defaults.md). The attempt itself is left out: a teacher
that sees it copies it (SDPO, table 6).
"""

from __future__ import annotations

from ttsd.prompts import ask
from ttsd.types import Feedback, Problem, TeacherContext

LEAD_IN = "This is feedback on an earlier, unsuccessful attempt at this problem:"


def feedback_section(feedback: Feedback) -> str:
    """The feedback as a section of a prompt."""
    return f"{LEAD_IN}\n\n{feedback.text.strip()}"


def teacher_context(problem: Problem, feedback: Feedback) -> TeacherContext | None:
    """The reprompt for an attempt with this feedback; None when there is nothing to say about it."""
    return TeacherContext(ask(problem, feedback_section(feedback))) if feedback.text else None
