from __future__ import annotations

from contextlib import closing
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.errors import SandboxUnavailable
from sandboxes.sandbox import GROUP, Probe, Strength, label, open_sandbox
from sandboxes.types import Case, Checks, Program, Status, Tier
from sandboxes.verifiers.base import make_verifier
from sandboxes.verifiers.opening import open_verifier

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


def test_a_sandbox_that_cannot_be_loaded_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = EntryPoint("docker", "no_such_module:Docker", GROUP)
    monkeypatch.setattr("sandboxes.sandbox.entry_points", lambda group: [missing])
    with pytest.raises(SandboxUnavailable, match=r"docker: it cannot be loaded: No module named 'no_such_module'"):
        open_sandbox("docker")


def test_when_nothing_works_each_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The switch for unsafe programs is on, and still they are not run."""
    monkeypatch.setenv("TTSD_ALLOW_UNSAFE", "1")
    entries = [
        EntryPoint("docker", "sandboxes.docker:NoSuchName", GROUP),
        EntryPoint("bubblewrap", "sandboxes.bubblewrap:Bubblewrap", GROUP),
        EntryPoint("unsafe-subprocess", "sandboxes.unsafe:UnsafeSubprocess", GROUP),
    ]
    monkeypatch.setattr("sandboxes.sandbox.entry_points", lambda group: entries)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxUnavailable) as refused:
        open_sandbox()
    found = str(refused.value)
    assert (
        found.index("docker: ") < found.index("bubblewrap: no program bwrap") < found.index("landlock: not installed")
    )
    assert "unsafe" not in found


def test_a_sandbox_of_another_package_is_taken_by_its_name_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandboxes.sandbox.entry_points", lambda group: [EntryPoint("mine", f"{__name__}:Mine", GROUP)])
    assert isinstance(open_sandbox("mine"), Mine)
    with pytest.raises(SandboxUnavailable, match="landlock: not installed"):
        open_sandbox()


class Mine(Bubblewrap):
    def probe(self) -> Probe:
        return Probe(True, ())


@pytest.mark.parametrize("strength", Strength)
def test_a_weak_sandbox_is_called_so(strength: Strength) -> None:
    mine = Mine()
    mine.strength = strength
    weak = strength in (Strength.REDUCED, Strength.UNSAFE)
    assert label(mine) == (f"bubblewrap ({strength})" if weak else "bubblewrap")


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


def test_an_answer_is_judged_where_no_sandbox_is() -> None:
    checks = Checks("answer", (Case("1", Tier.SAMPLE, "number", 4),))
    with open_verifier(checks, sandbox="chroot") as verifier:
        assert verifier.verify(Program("4")).status is Status.PASS
