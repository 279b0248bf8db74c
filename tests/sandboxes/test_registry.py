from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.errors import SandboxUnavailable
from sandboxes.sandbox import open_sandbox
from sandboxes.types import Case, Checks, Program, Status, Tier
from sandboxes.verifiers.base import make_verifier

ONE_CASE = Checks("stdio", (Case("1", Tier.SAMPLE, "", ""),))


def test_an_unknown_sandbox_lists_the_known_ones() -> None:
    with pytest.raises(SandboxUnavailable, match=r"'chroot'.*bubblewrap"):
        open_sandbox("chroot")


def test_an_unknown_verifier_lists_the_known_ones() -> None:
    with pytest.raises(SandboxUnavailable, match=r"'magic'.*assertions, .*function, .*stdio"):
        make_verifier(Checks("magic", ()), Bubblewrap())


def test_a_machine_without_bubblewrap_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxUnavailable, match="apt-get install bubblewrap"):
        open_sandbox("bubblewrap")


def test_a_launcher_that_fails_is_not_usable() -> None:
    assert not Bubblewrap("/bin/false").probe().usable


def test_a_launcher_that_fails_is_an_outage_and_no_verdict_on_the_program() -> None:
    verdict = make_verifier(ONE_CASE, Bubblewrap("/bin/false")).verify(Program("print()"))
    assert verdict.status is Status.UNAVAILABLE
    assert verdict.reward is None
    assert "did not start" in verdict.detail


@pytest.mark.bubblewrap
def test_auto_finds_a_usable_sandbox(sandbox: Bubblewrap) -> None:
    with closing(open_sandbox()) as found:
        assert found.probe().usable


def test_a_docker_runtime_leaves_no_choice_but_docker() -> None:
    with pytest.raises(SandboxUnavailable, match="'runsc', is of no use to bubblewrap"):
        open_sandbox("bubblewrap", "runsc")
    with pytest.raises(SandboxUnavailable, match="no usable sandbox: docker: ") as refused:
        open_sandbox("auto", "nothing")
    assert "bubblewrap" not in str(refused.value)
