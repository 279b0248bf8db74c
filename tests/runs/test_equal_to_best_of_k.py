"""What learns nothing must sample what best-of-k samples: the whole loop, token for token."""

from __future__ import annotations

import zlib
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from sandboxes.types import Case, CaseResult, Checks, Program, Status, Tier, Verdict
from ttsd.config import Config
from ttsd.learning.learner import LoraLearner
from ttsd.learning.lora import add_adapter
from ttsd.methods.base import NoLearner, configure, make_method, method_spec
from ttsd.models import resolve_model
from ttsd.policy import load_policy, make_sampler
from ttsd.problems import load_problem
from ttsd.prompts import ask
from ttsd.record import Record
from ttsd.reprompt import teacher_context
from ttsd.sampling.transformers import TransformersSampler
from ttsd.solver import Budget, Silent, first_solved, solve
from ttsd.templates import Templates
from ttsd.types import Attempt, Feedback, Problem, Rollout, Step

PROBLEM = Problem("guess", "Guess the word.", Checks("answer", (Case("one", Tier.FEEDBACK, "text", "a word"),)))
EXAMPLE = Path(__file__).parents[2] / "examples" / "run-lengths"
GROUP = 4
IDLE = [("grpo", {"reward": "binary"}), ("rlsd", {"reward": "binary"}), ("sdpo-lr0", {})]
without_effect = pytest.mark.parametrize(("method", "settings"), IDLE, ids=[method for method, _ in IDLE])


class Lottery:
    """An answer wins by its checksum: one in `of`; the same answer always wins or never."""

    def __init__(self, of: int) -> None:
        self._of = of

    def verify(self, program: Program) -> Verdict:
        won = self._of and zlib.crc32(program.source.encode("utf-8", "surrogatepass")) % self._of == 0
        status = Status.PASS if won else Status.WRONG_ANSWER
        return Verdict.of([CaseResult("one", Tier.FEEDBACK, status)], sandbox="none", seconds=0.0)


@dataclass(frozen=True)
class Run:
    """What is compared of a finished run."""

    rollouts: list[Rollout]
    steps: list[Step]

    @property
    def sampled(self) -> list[tuple[int, tuple[int, ...]]]:
        return [(rollout.attempt.k, rollout.attempt.token_ids) for rollout in self.rollouts]

    @property
    def discovery(self) -> int:
        found = first_solved(self.rollouts)
        assert found is not None, "nobody won: choose another seed"
        return found.attempt.k


def run(config: Config, record: Record, sampler: TransformersSampler, learner, problem: Problem, of: int) -> Run:
    method = make_method(config, learner, Templates(config.template_dir), lambda _: True)
    budget = Budget(config.budget, config.group_size, after_success=config.continue_after_success)
    solve(problem, method, sampler, Lottery(of), record, budget, Silent())
    return Run(record.rollouts, record.steps)


@pytest.fixture
def tiny_run(tiny_model, tokenizer, tmp_path):
    """A run of a method with the two-layer model, in which every fourth token or so ends a response."""
    tiny_model.generation_config.eos_token_id = list(range(64))

    def of(method: str, **settings) -> Run:
        usual = {"budget": 40, "group_size": GROUP, "max_completion_length": 12, "lora_r": 4}
        rate = {} if method == "sdpo-lr0" else {"learning_rate": 1e-2}
        config = configure(**{"method": method, **usual, **rate, **settings})
        model, record = deepcopy(tiny_model), Record.create(tmp_path / f"{method}-{len(list(tmp_path.iterdir()))}", {})
        learner = NoLearner()
        if objective := method_spec(method).objective:
            model = add_adapter(model, config)
            learner = LoraLearner(model, tokenizer, objective(config), config, record, [])
        return run(config, record, make_sampler(model, tokenizer, config), learner, PROBLEM, of=19)

    return of


@without_effect
def test_until_the_first_success_it_is_best_of_k(tiny_run, method, settings) -> None:
    ours, best_of_k = tiny_run(method, **settings), tiny_run("best-of-k")
    assert ours.sampled == best_of_k.sampled
    assert ours.discovery == best_of_k.discovery > 2 * GROUP


def test_a_method_that_learns_samples_something_else(tiny_run) -> None:
    """Or the comparison above would say nothing."""
    ours, best_of_k = tiny_run("sdpo"), tiny_run("best-of-k")
    assert ours.sampled[:GROUP] == best_of_k.sampled[:GROUP]
    assert ours.sampled != best_of_k.sampled


def test_before_the_first_success_a_binary_reward_is_no_step(tiny_run) -> None:
    """After it there is one, and what is sampled from then on differs."""
    ours, best_of_k = (
        tiny_run(method, continue_after_success=2, **settings)
        for method, settings in (("grpo", {"reward": "binary"}), ("best-of-k", {}))
    )
    found = (best_of_k.discovery - 1) // GROUP  # the group of the discovery
    assert [step.action for step in ours.steps[: found + 1]] == ["skip"] * found + ["update"]
    same = (found + 1) * GROUP
    assert ours.sampled[:same] == best_of_k.sampled[:same]
    assert ours.sampled[same:] != best_of_k.sampled[same:]


def test_steps_at_rate_0_are_taken_and_change_no_logit(tiny_model, tokenizer, tmp_path) -> None:
    config = configure(method="sdpo-lr0", lora_r=4)
    ids = torch.tensor([list(range(40))])
    before = tiny_model(ids).logits
    model, record = add_adapter(tiny_model, config), Record.create(tmp_path / "run", {})
    learner = LoraLearner(model, tokenizer, method_spec("sdpo-lr0").objective(config), config, record, [])
    attempt = Attempt(1, 0, 0, "a word", tuple(b"a word"), (-1.0,) * 6, "stop", prompt=ask(PROBLEM))
    said = Feedback("The answer is wrong.")
    failed = Rollout(attempt, Verdict(Status.WRONG_ANSWER), said, "a word", teacher_context(PROBLEM, said))
    step = learner.learn(PROBLEM, 0, [failed])
    assert (step.action, step.policy_version) == ("update", 1)
    assert step.metrics["grad_norm"] > 0
    assert torch.equal(model(ids).logits, before)


def real_run(folder: Path, method: str, **settings) -> Run:
    """Of a small real model with which nobody wins."""
    size = {"budget": 4, "group_size": 2, "max_completion_length": 8, "dtype": "float32"}
    config, record = configure(method=method, **size, **settings), Record.create(folder, {})
    policy = load_policy(resolve_model("smollm2-135m"), config, record)
    return run(config, record, policy.sampler, policy.learner, load_problem(str(EXAMPLE)), of=0)


@pytest.fixture(scope="module")
def real_best_of_k(tmp_path_factory) -> Run:
    return real_run(tmp_path_factory.mktemp("real") / "run", "best-of-k")


@pytest.mark.model
@pytest.mark.parametrize(
    ("method", "settings", "action"), [("grpo", {"reward": "binary"}, "skip"), ("sdpo-lr0", {}, "update")]
)
def test_with_a_real_model_it_is_best_of_k(tmp_path, real_best_of_k, method, settings, action) -> None:
    ours = real_run(tmp_path / "run", method, **settings)
    assert ours.sampled == real_best_of_k.sampled
    assert len(ours.sampled) == 4
    assert [step.action for step in ours.steps] == [action]
