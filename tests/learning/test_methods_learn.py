"""Whole steps of the methods on a two-layer model: what each must do, and what it must not."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
import torch
from one_step import data_of, look, stir

from ttsd.policy import make_sampler
from ttsd.prompts import ask
from ttsd.sampling.base import Request
from ttsd.types import TeacherContext

SEQUENCE = {"distillation_mode": "sequence"}
SUPPORTS = [
    *({"distillation_mode": "topk_logits", "distillation_support": support} for support in ("student", "teacher")),
    {"distillation_mode": "topk_logits", "distillation_add_tail": False},
    {"distillation_mode": "full_logits"},
]
# Every mode with every direction that it has.
DISTILLATIONS = [
    *({**support, "distillation_alpha": alpha} for support, alpha in product(SUPPORTS, (0.0, 0.5, 1.0))),
    {"distillation_mode": "sampled_token"},
    SEQUENCE,
]


def words(settings: dict[str, object]) -> str:
    return "-".join(str(value) for value in settings.values())


every_distillation = pytest.mark.parametrize("settings", DISTILLATIONS, ids=words)
every_reward_method = pytest.mark.parametrize("method", ["grpo", "rlsd"])


@pytest.fixture
def failures(tried):
    """That pass different shares of the visible cases."""
    return [tried(1, "yes no yes", passed=0), tried(2, "no", passed=1)]


def untaught(rollout, problem):
    """Its teacher knows no more than the student."""
    return replace(rollout, teacher=TeacherContext(ask(problem)))


def distance(learner, problem, rollouts) -> float:
    """KL(student‖teacher) over the whole vocabulary, whatever the learner minimises."""
    compare = {"distillation_mode": "full_logits", "distillation_alpha": 1.0, "token_clip": 0.0}
    mode, alpha, clip = compare.values()
    full = replace(learner._objective.distillation, mode=mode, alpha=alpha, clip=clip)
    learned, learner._objective = learner._objective, replace(learner._objective, distillation=full)
    found = look(learner, problem, rollouts).loss
    learner._objective = learned
    return found


@every_distillation
def test_a_teacher_that_reads_the_students_prompt_gives_no_loss_and_no_gradient(
    learner, problem, failures, settings
) -> None:
    seen = look(learner(**settings), problem, [untaught(rollout, problem) for rollout in failures])
    assert seen.loss == pytest.approx(0, abs=1e-6)
    torch.testing.assert_close(seen.gradient, torch.zeros_like(seen.gradient), atol=1e-5, rtol=0)


@pytest.mark.parametrize("mode", ["full_logits", "topk_logits"])
def test_the_gradient_is_that_of_the_policy_gradient_theorem(learner, problem, failures, mode) -> None:
    """sum over v of p_S(v) ∇log p_S(v) (log p_S(v) - log p_T(v)), the mean over tokens and attempts."""
    ours = learner(distillation_mode=mode, distillation_topk=10_000, token_clip=0.0)
    stir(ours)
    model = ours._adapter.model

    def logp(prompt: list[int], response: list[int]) -> torch.Tensor:
        logits = model(torch.tensor([prompt + response])).logits[0, len(prompt) - 1 : -1]
        return logits.log_softmax(-1)

    losses = []
    for datum in data_of(ours, problem, failures):
        student = logp(datum.prompt_ids, datum.response_ids)
        with torch.no_grad(), model.disable_adapter():
            teacher = logp(datum.teacher_prompt_ids, datum.response_ids)
        advantage = (student - teacher).detach()
        losses.append((student.exp().detach() * advantage * student).sum(-1).mean())
    gradient = torch.autograd.grad(torch.stack(losses).mean(), ours._adapter._trained)
    expected = torch.cat([each.flatten() for each in gradient])
    torch.testing.assert_close(look(ours, problem, failures).gradient, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("settings", [each for each in DISTILLATIONS if each != SEQUENCE], ids=words)
def test_steps_bring_the_student_toward_its_teacher(learner, problem, failures, settings) -> None:
    ours = learner(**settings, token_clip=0.0, learning_rate=3e-3)
    before = distance(ours, problem, failures)
    for group in range(8):
        assert ours.learn(problem, group, failures).action == "update"
    assert distance(ours, problem, failures) < 0.9 * before


def test_steps_of_the_sequence_level_bring_the_response_toward_its_probability(learner, problem, failures) -> None:
    """All its tokens are pushed alike: that of the whole comes closer, those at a position need not."""
    ours = learner(**SEQUENCE, token_clip=0.0, learning_rate=3e-3)
    gaps = [ours.learn(problem, group, failures[:1]).metrics["teacher_minus_student"] for group in range(8)]
    assert abs(gaps[-1]) < 0.5 * abs(gaps[0])


def test_chunks_and_batches_do_not_matter_to_a_step(learner, problem, failures) -> None:
    alone, together = (learner(micro_batch=size) for size in (1, 2))
    for ours in (alone, together):
        stir(ours)
    left, right = (look(ours, problem, failures) for ours in (alone, together))
    assert left.metrics == pytest.approx(right.metrics, rel=1e-4)
    torch.testing.assert_close(left.gradient, right.gradient, atol=1e-5, rtol=1e-4)


def test_without_the_teachers_share_rlsd_is_grpo(learner, problem, failures) -> None:
    rlsd, grpo = learner("rlsd", rlsd_mix=0.0), learner("grpo", advantage="group-normalised")
    for ours in (rlsd, grpo):
        stir(ours)
    left, right = (look(ours, problem, on_policy(rlsd, problem, failures)) for ours in (rlsd, grpo))
    assert left.loss == pytest.approx(right.loss)
    assert right.gradient.norm() > 1e-3
    torch.testing.assert_close(left.gradient, right.gradient, atol=1e-6, rtol=1e-4)


def test_the_teachers_share_changes_rlsds_gradient(learner, problem, failures) -> None:
    without, with_teacher = learner("rlsd", rlsd_mix=0.0), learner("rlsd", rlsd_mix=1.0)
    sampled = on_policy(without, problem, failures)
    left, right = (look(ours, problem, sampled).gradient for ours in (without, with_teacher))
    assert (left - right).norm() > 0.01 * left.norm()
    assert torch.nn.functional.cosine_similarity(left, right, dim=0) > 0.9  # weights within 0.8 and 1.2


def on_policy(learner, problem, rollouts):
    """The attempts as if this learner's student had sampled them: elsewhere every token is clipped."""
    model = learner._adapter.model
    made = []
    for rollout, datum in zip(rollouts, data_of(learner, problem, rollouts), strict=True):
        with torch.no_grad():
            logits = model(torch.tensor([datum.prompt_ids + datum.response_ids])).logits[0]
        logp = logits[len(datum.prompt_ids) - 1 : -1].log_softmax(-1)
        own = logp.gather(-1, torch.tensor(datum.response_ids)[:, None])[:, 0].tolist()
        made.append(replace(rollout, attempt=replace(rollout.attempt, logprobs=tuple(own))))
    return made


@every_reward_method
@pytest.mark.parametrize("passed", [(0, 0), (1, 1), (3, 3)], ids=["no case", "one case", "solved"])
def test_equal_rewards_are_no_step_at_all(learner, problem, tried, method, passed) -> None:
    ours = learner(method)
    stir(ours)
    before = [weight.clone() for weight in ours._adapter._trained]
    step = ours.learn(problem, 0, [tried(k, f"answer {k}", passed=each) for k, each in enumerate(passed, start=1)])
    assert (step.action, step.policy_version) == ("skip", 0)
    assert all(torch.equal(*pair) for pair in zip(before, ours._adapter._trained, strict=True))


@every_reward_method
def test_a_failed_group_is_no_step_by_a_binary_reward(learner, problem, failures, method) -> None:
    step = learner(method, reward="binary").learn(problem, 0, failures)
    assert (step.action, step.policy_version) == ("skip", 0)


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        ("sdpo", {}),
        ("sdpo", {"grpo_weight": 0.5, "reward": "binary"}),
        ("grpo", {"reward": "graded"}),
        ("rlsd", {"reward": "graded"}),
        ("rlsd", {"reward": "binary", "advantage": "absolute"}),
    ],
)
def test_a_failed_group_is_a_step_of(learner, problem, failures, method, settings) -> None:
    ours = learner(method, **settings)
    step = ours.learn(problem, 0, on_policy(ours, problem, failures))
    assert (step.action, step.policy_version) == ("update", 1)
    assert step.metrics["grad_norm"] > 0


@every_reward_method
def test_a_step_makes_what_was_rewarded_likelier(learner, problem, tried, method) -> None:
    ours = learner(method, learning_rate=1e-3)
    group = on_policy(ours, problem, [tried(1, "better", passed=3, feedback=""), tried(2, "worse", passed=0)])
    before = [sum(rollout.attempt.logprobs) for rollout in group]
    assert ours.learn(problem, 0, group).action == "update"
    after = [sum(rollout.attempt.logprobs) for rollout in on_policy(ours, problem, group)]
    assert after[0] > before[0]
    assert after[1] < before[1]


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_attempts_without_a_signal_do_not_dilute_a_step(learner, problem, tried, share) -> None:
    """One could not be judged; the other has no teacher, and a reward at the mean of its group."""
    ours = learner(grpo_weight=share)
    group = on_policy(ours, problem, [tried(1, "yes no yes", passed=0), tried(2, "no", passed=2)])
    dull = [tried(3, "neither", passed=1, feedback=""), tried(4, "out", passed=None)]
    left, right = (look(ours, problem, rollouts) for rollouts in (group, [*group, *dull]))
    assert left.gradient.norm() > 1e-3
    assert left.loss == pytest.approx(right.loss)
    torch.testing.assert_close(left.gradient, right.gradient, atol=1e-6, rtol=1e-4)


def test_a_term_without_weight_gives_no_step(learner, problem, failures) -> None:
    """All of the weight is on a reward that does not tell the attempts apart."""
    step = learner(grpo_weight=1.0, reward="binary").learn(problem, 0, failures)
    assert (step.action, step.policy_version) == ("skip", 0)


def test_a_mixed_step_is_the_mix_of_its_terms(learner, problem, failures) -> None:
    mixed, distilled, rewarded = learner(grpo_weight=0.3), learner(), learner("grpo")
    for ours in (mixed, distilled, rewarded):
        stir(ours)
    sampled = on_policy(mixed, problem, failures)
    gradient, first, second = (look(ours, problem, sampled).gradient for ours in (mixed, distilled, rewarded))
    torch.testing.assert_close(gradient, 0.7 * first + 0.3 * second, atol=1e-5, rtol=1e-4)


def test_in_a_mixed_step_each_term_takes_the_attempts_it_speaks_of(learner, problem, tried) -> None:
    """The success has no teacher but an advantage; the failure has both."""
    mixed, distilled, rewarded = learner(grpo_weight=0.5), learner(), learner("grpo")
    group = on_policy(mixed, problem, [tried(1, "yes no yes", passed=3, feedback=""), tried(2, "no", passed=0)])
    gradient, first, second = (look(ours, problem, group).gradient for ours in (mixed, distilled, rewarded))
    torch.testing.assert_close(gradient, 0.5 * first + 0.5 * second, atol=1e-5, rtol=1e-4)


def test_rlsd_is_grpo_where_no_teacher_knows_more(learner, problem, tried) -> None:
    """One has none, the other's reads the student's prompt with the student's weights."""
    rlsd = learner("rlsd", rlsd_mix=1.0, advantage="group", teacher_model_kind="live")
    grpo = learner("grpo")
    for ours in (rlsd, grpo):
        stir(ours)
    group = [tried(1, "yes no yes", passed=3, feedback=""), untaught(tried(2, "no", passed=0), problem)]
    group = on_policy(rlsd, problem, group)
    left, right = (look(ours, problem, group).gradient for ours in (rlsd, grpo))
    assert right.norm() > 1e-3
    torch.testing.assert_close(left, right, atol=1e-5, rtol=1e-3)


@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_the_learner_scores_what_the_sampler_sampled(learner, problem, tokenizer, tried, temperature) -> None:
    ours = learner(temperature=temperature, max_completion_length=16)
    stir(ours)
    sampler = make_sampler(ours._adapter.model, tokenizer, ours._config)
    sampled = sampler.sample([Request(k, ask(problem)) for k in (1, 2)], 0)
    group = [replace(tried(attempt.k, ""), attempt=attempt) for attempt in sampled]
    assert look(ours, problem, group).metrics["sampler_mismatch"] == pytest.approx(0, abs=1e-4)


def test_an_attempt_that_answered_a_reprompt_is_weighed_by_what_its_writer_was(learner, problem, tried) -> None:
    """p_student / p_writer a token: half as likely for the student is half the loss."""
    read = ask(problem, "feedback on another attempt")
    ours = learner("sdpo-teacher-first", distillation_is_clip=2.0)
    student = on_policy(ours, problem, [tried(1, "yes", prompt=read)])[0]

    def written_with(factor: float) -> float:
        logprobs = tuple(logp - torch.tensor(factor).log().item() for logp in student.attempt.logprobs)
        return look(ours, problem, [replace(student, attempt=replace(student.attempt, logprobs=logprobs))]).loss

    full = written_with(1.0)
    assert full > 0
    assert written_with(0.5) == pytest.approx(0.5 * full, rel=1e-3)
    assert written_with(1.5) == pytest.approx(1.5 * full, rel=1e-3)
    assert written_with(9.0) == pytest.approx(2.0 * full, rel=1e-3)
