"""From scores to the loss of a step, on a two-layer model: chunks, weights, off-policy attempts, clips, metrics."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
import torch

from ttsd.learning.advantages import clipped_surrogate
from ttsd.learning.datum import Datum
from ttsd.learning.divergences import divergence
from ttsd.learning.losses import Weights, batch_loss, comparison, distillation_loss, policy_loss, sequence_mean
from ttsd.learning.metrics import Metrics, clipped
from ttsd.learning.objectives import Distillation, Objective, PolicyGradient, Rlsd
from ttsd.learning.scoring import Scores, score
from ttsd.learning.teacher import Teacher

DISTILLATION = Distillation("topk_logits", 1.0, 5, "student", add_tail=True, clip=0.0, is_clip=0.0)
POLICY = PolicyGradient("binary", "group", 0.5, 0.2, 0.28)
RLSD = replace(POLICY, rlsd=Rlsd(0.5, 0, 0.2))

MODES = [
    *(
        replace(DISTILLATION, mode="topk_logits", alpha=alpha, support=support, add_tail=tail)
        for alpha, support, tail in product((0.0, 0.5, 1.0), ("student", "teacher"), (True, False))
    ),
    *(replace(DISTILLATION, mode="full_logits", alpha=alpha) for alpha in (0.0, 0.5, 1.0)),
    *(replace(DISTILLATION, mode=mode) for mode in ("sampled_token", "sequence")),
]


def name(mode: Distillation) -> str:
    top = f"-{mode.support}-{'tail' if mode.add_tail else 'renormalised'}" if mode.mode == "topk_logits" else ""
    return f"{mode.mode}{top}-{mode.alpha}"


every_mode = pytest.mark.parametrize("mode", MODES, ids=name)
every_mix = pytest.mark.parametrize("share", [0.0, 0.3, 1.0])


def datum(prompt: str, teacher: str | None, response: str, advantage: float = 0.0, logp: float = -5.0) -> Datum:
    taught = list(teacher.encode()) if teacher else None
    return Datum(list(prompt.encode()), taught, list(response.encode()), [logp] * len(response), advantage)


TAUGHT = [
    datum("question", "question and feedback", "an answer", advantage=0.5),
    datum("why", "why, with a long feedback", "so", advantage=-0.5),
]
MUTE = datum("question", None, "without any signal")


def scored(model, data, objective: Objective, chunk: int = 128) -> Scores:
    teacher = Teacher(model, "base", 0.0, 1)
    return score(model, teacher, data, compare=comparison(objective.distillation), temperature=1.0, chunk=chunk)


def loss_and_gradient(model, batches, objective: Objective, chunk: int = 128) -> tuple[torch.Tensor, torch.Tensor]:
    """Of the step on these batches."""
    weights = Weights(objective, [each for batch in batches for each in batch])
    shares = [batch_loss(objective, scored(model, batch, objective, chunk), batch, weights, 0) for batch in batches]
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    loss = torch.stack(shares).sum()
    return loss.detach(), torch.cat([each.flatten() for each in torch.autograd.grad(loss, trained)])


def assert_same_step(left: tuple[torch.Tensor, torch.Tensor], right: tuple[torch.Tensor, torch.Tensor]) -> None:
    for ours, theirs in zip(left, right, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)  # sums in another order
    assert left[1].abs().max() > 1e-3


@every_mode
def test_chunks_change_neither_loss_nor_gradient(model, mode) -> None:
    objective = Objective(distillation=mode)
    whole, pieces = (loss_and_gradient(model, [TAUGHT], objective, chunk) for chunk in (1000, 3))
    assert_same_step(whole, pieces)


@pytest.mark.parametrize("policy", [POLICY, RLSD], ids=["grpo", "rlsd"])
def test_chunks_change_no_policy_gradient(model, policy) -> None:
    on_policy = sampled_from(model, TAUGHT)  # elsewhere every token is clipped
    objective = Objective(policy_gradient=policy, policy_weight=1.0)
    whole, pieces = (loss_and_gradient(model, [on_policy], objective, chunk) for chunk in (1000, 3))
    assert_same_step(whole, pieces)


def sampled_from(model, data: list[Datum]) -> list[Datum]:
    """The same, as if the student had sampled them."""
    logprobs = [scored(model, [each], Objective()).student_logp.tolist() for each in data]
    return [each._replace(logprobs=own) for each, own in zip(data, logprobs, strict=True)]


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("support", ["student", "teacher"])
@pytest.mark.parametrize("tail", [True, False], ids=["tail", "renormalised"])
def test_a_support_of_the_whole_vocabulary_is_the_full_comparison(model, alpha, support, tail) -> None:
    top = replace(DISTILLATION, alpha=alpha, support=support, add_tail=tail, topk=10_000)
    full = replace(DISTILLATION, alpha=alpha, mode="full_logits")
    assert_same_step(*(loss_and_gradient(model, [TAUGHT], Objective(distillation=each)) for each in (top, full)))


@pytest.mark.parametrize("support", ["student", "teacher"])
def test_a_larger_support_with_tail_comes_closer_to_the_full_comparison(model, support) -> None:
    def loss(mode: Distillation) -> float:
        return loss_and_gradient(model, [TAUGHT], Objective(distillation=mode))[0].item()

    full = loss(replace(DISTILLATION, mode="full_logits"))
    lost = [full - loss(replace(DISTILLATION, support=support, topk=k)) for k in (1, 10, 100, 256)]
    assert lost == sorted(lost, reverse=True)
    assert lost[0] > 0.1
    assert lost[-1] == pytest.approx(0, abs=1e-4)  # the tail is one token


@every_mix
@every_mode
def test_attempts_without_a_signal_change_neither_loss_nor_gradient(model, mode, share) -> None:
    objective = Objective(mode, POLICY, share)
    assert_same_step(
        loss_and_gradient(model, [TAUGHT], objective), loss_and_gradient(model, [TAUGHT, [MUTE, MUTE]], objective)
    )


@every_mix
def test_each_term_is_a_mean_over_the_attempts_it_speaks_of(share) -> None:
    data = [TAUGHT[0], datum("why", None, "so", advantage=-0.5), datum("what", None, "a", advantage=0.5), MUTE]
    distillation_b, policy_b = Weights(Objective(DISTILLATION, POLICY, share), data).of(data)
    torch.testing.assert_close(distillation_b, (1 - share) * torch.tensor([1.0, 0, 0, 0]))
    torch.testing.assert_close(policy_b, share * torch.tensor([1.0, 1, 1, 0]) / 3)


def test_the_mixed_gradient_is_the_mix_of_the_gradients(model) -> None:
    """Where the terms speak of different attempts."""
    data = sampled_from(model, [TAUGHT[0]._replace(advantage=0.0), TAUGHT[1]._replace(teacher_prompt_ids=None)])
    batches = [[each] for each in data]
    mixed, only_distilled, only_rewarded = (
        loss_and_gradient(model, batches, objective)[1]
        for objective in (
            Objective(DISTILLATION, POLICY, 0.3),
            Objective(distillation=DISTILLATION),
            Objective(policy_gradient=POLICY, policy_weight=1.0),
        )
    )
    torch.testing.assert_close(mixed, 0.7 * only_distilled + 0.3 * only_rewarded)


def made_up(student: list[float], teacher: list[float], divergence: list[float] | None = None) -> Scores:
    student_logp = torch.tensor(student, requires_grad=True)
    return Scores(student_logp, torch.tensor(teacher), torch.tensor(divergence or [0.0] * len(student)))


def test_an_attempt_of_another_policy_weighs_what_the_student_would_have_sampled() -> None:
    """p_student / p_sampler a token, cut from above at `is_clip`."""
    data = [Datum([1], [1, 2], [3, 4, 5], logprobs=[-3.0, -1.0, -9.0])]
    scores = made_up([-4.0, -1.0, -1.0], [-2.0] * 3, divergence=[1.0] * 3)
    loss = distillation_loss(replace(DISTILLATION, is_clip=2.0), scores, data)
    torch.testing.assert_close(loss, torch.tensor([-1.0, 0.0, 2.0]).exp().clamp(max=2))


@pytest.mark.parametrize("mode", ["sampled_token", "sequence"])
def test_the_advantage_of_a_token_is_clipped_where_tokens_are_compared(mode) -> None:
    data = [Datum([1], [1, 2], [3], [-1.0])]
    settings = replace(DISTILLATION, mode=mode, clip=5.0)
    far, at_the_clip = (made_up([-10.0], [teacher]) for teacher in (-1.0, -5.0))
    torch.testing.assert_close(*(distillation_loss(settings, each, data) for each in (far, at_the_clip)))


def test_a_divergence_beyond_the_clip_gives_no_gradient() -> None:
    student = torch.tensor([[0.0, -20.0]], requires_grad=True)
    between = divergence(student.log_softmax(-1), torch.tensor([[-20.0, 0.0]]).log_softmax(-1), 1.0)
    scores = Scores(torch.zeros(1, requires_grad=True), torch.zeros(1), between)
    loss = distillation_loss(replace(DISTILLATION, clip=5.0), scores, [Datum([1], [1, 2], [0], [0.0])])
    loss.sum().backward()
    assert loss.item() == 5.0
    assert student.grad is not None
    assert not student.grad.any()


def test_a_sure_student_learns_by_the_forward_kl_what_its_teacher_likes_from_the_teachers_tokens() -> None:
    """On its own most likely ones it does not: the tail of its mass is held at 1e-7, without a gradient."""
    teacher = torch.tensor([[0.0, -30.0, 0.0]]).log_softmax(-1)

    def push(support: str) -> float:
        """On the token that the student lacks."""
        logits = torch.tensor([[30.0, 1.0, 0.0]], requires_grad=True)
        compare = comparison(replace(DISTILLATION, alpha=0.0, topk=2, support=support))
        assert compare is not None
        (gradient,) = torch.autograd.grad(compare(logits.log_softmax(-1), teacher).sum(), logits)
        return gradient[0, 2].item()

    assert push("student") == pytest.approx(0, abs=1e-9)
    assert push("teacher") == pytest.approx(-0.5, abs=1e-3)


@pytest.mark.parametrize("mix", [0.0, 0.5, 1.0])
def test_without_a_teacher_rlsd_is_grpo(mix) -> None:
    data = [Datum([1], None, [3, 4], [-1.0, -2.0], advantage=-0.7)]
    scores = made_up([-1.1, -1.9], [-1.1, -1.9])  # `score` gives the student's own where there is no teacher
    rlsd = replace(POLICY, rlsd=Rlsd(mix, 0, 0.2))
    torch.testing.assert_close(*(policy_loss(settings, scores, data, 0) for settings in (rlsd, POLICY)))


def test_rlsd_fades_into_grpo_over_its_updates() -> None:
    data = [Datum([1], [1, 2], [3, 4], [-1.0, -2.0], advantage=0.7)]
    scores = made_up([-1.1, -1.9], [-0.5, -3.0])
    fading = replace(POLICY, rlsd=Rlsd(0.5, 10, 0.2))
    plain = policy_loss(POLICY, scores, data, 0)
    distances = [(policy_loss(fading, scores, data, updates) - plain).abs().sum().item() for updates in range(0, 14, 2)]
    assert distances[0] > distances[2] > distances[4] > 0
    assert distances[5:] == [0.0, 0.0]


def test_the_policy_loss_is_the_surrogate_of_the_attempts_advantage() -> None:
    data = [Datum([1], None, [3, 4], [-1.0, -2.0], advantage=-0.7), Datum([1], None, [5], [-3.0], advantage=0.2)]
    scores = made_up([-1.1, -1.9, -2.0], [0.0] * 3)
    sampled, advantage = torch.tensor([-1.0, -2.0, -3.0]), torch.tensor([-0.7, -0.7, 0.2])
    expected = clipped_surrogate(scores.student_logp, sampled, advantage, 0.2, 0.28)
    torch.testing.assert_close(policy_loss(POLICY, scores, data, 0), expected)


def test_a_long_response_weighs_as_much_as_a_short_one() -> None:
    values = torch.cat([torch.ones(9), torch.full((2,), 3.0)])
    assert sequence_mean(values, TAUGHT).tolist() == [1.0, 3.0]


def seen(objective: Objective, *batches: tuple[Scores, list[Datum]]) -> dict[str, float]:
    metrics = Metrics(objective)
    for scores, data in batches:
        metrics.add(scores, data)
    return metrics.means()


def test_a_metric_is_a_mean_over_the_attempts_it_speaks_of() -> None:
    taught = [Datum([1], [1, 2], [3, 4], [-1.0, -3.0])], made_up([-1.5, -3.0], [-1.0, -1.5], [2.0, 4.0])
    mute = [Datum([1], None, [5], [-1.0])], made_up([-2.0], [-2.0])
    found = seen(Objective(distillation=DISTILLATION), *(each[::-1] for each in (taught, mute)))
    assert found["divergence"] == 3.0
    assert found["teacher_minus_student"] == 1.0
    assert found["sampler_mismatch"] == pytest.approx((0.25 + 1.0) / 2)


def test_an_attempt_that_answered_a_reprompt_is_no_mismatch_of_the_sampler() -> None:
    data = [Datum([1], [1, 2], [3], [-1.0]), Datum([1], [1, 2], [3], [-1.0], own_prompt=False)]
    found = seen(Objective(distillation=DISTILLATION), (made_up([-1.25, -9.0], [-1.0, -1.0]), data))
    assert found["sampler_mismatch"] == 0.25


def test_metrics_of_nothing_are_zero() -> None:
    assert set(seen(Objective()).values()) == {0.0}


@pytest.mark.parametrize(
    ("objective", "expected"),
    [
        (Objective(distillation=replace(DISTILLATION, clip=5.0)), [True, False]),  # the divergence
        (Objective(distillation=replace(DISTILLATION, clip=1.0, mode="sampled_token")), [False, True]),  # the advantage
        (Objective(distillation=DISTILLATION), [False, False]),
        (Objective(policy_gradient=RLSD), [False, True]),  # the weight
        (Objective(policy_gradient=POLICY), [False, False]),
    ],
    ids=["top-k", "sampled token", "no clip", "rlsd", "grpo"],
)
def test_clipped_tokens_are_those_whose_signal_is_cut(objective, expected) -> None:
    scores = made_up([-1.0, -1.0], [-1.1, -3.0], divergence=[6.0, 1.0])
    assert clipped(objective, scores, [Datum([1], [1, 2], [3, 4], [-1.0] * 2, advantage=1.0)]).tolist() == expected
