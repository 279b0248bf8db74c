"""`ttsd sandbox`: what it prints, its exit codes, and sandboxes that other packages bring."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandboxes.canaries import CANARIES
from sandboxes.contract import CONTRACT

MODULE = """
from sandboxes.bubblewrap import Bubblewrap
from sandboxes.sandbox import Probe, Strength

class Foreign(Bubblewrap):
    name = "foreign"

class Unusable:
    name = "unusable"
    strength = Strength.REDUCED
    def probe(self): return Probe(False, ("the stars are wrong",), "wait")
    def close(self): pass

class Leaky(Bubblewrap):
    name = "leaky"
    def start(self, module, limits): raise RuntimeError("out of order")
    def probe(self): return Probe(True, ("it says so",))
"""
ENTRY_POINTS = """[ttsd.sandboxes]
foreign = ttsd_test_foreign:Foreign
unusable = ttsd_test_foreign:Unusable
leaky = ttsd_test_foreign:Leaky
broken = ttsd_test_no_such_module:Broken
"""

pytestmark = [pytest.mark.bubblewrap, pytest.mark.usefixtures("usable_sandbox")]


@pytest.fixture
def foreign_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package with sandboxes of its own."""
    (tmp_path / "ttsd_test_foreign.py").write_text(MODULE)
    metadata = tmp_path / "ttsd_test_foreign-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: ttsd-test-foreign\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))


def test_list_shows_what_can_be_used_and_how_strong_it_is(ttsd) -> None:
    code, out, _ = ttsd("sandbox", "list")
    (line,) = [line for line in out.splitlines() if " bubblewrap " in line]
    assert code == 0
    assert line.split()[:3] == ["yes", "bubblewrap", "namespaces"]


@pytest.mark.usefixtures("foreign_package")
def test_list_shows_sandboxes_of_other_packages_broken_ones_too(ttsd) -> None:
    rows = {row["name"]: row for row in json.loads(ttsd("sandbox", "list", "--json").out)}
    assert rows["foreign"]["usable"]
    assert rows["foreign"]["strength"] == "namespaces"
    assert rows["unusable"]["detail"] == "the stars are wrong (remedy: wait)"
    assert "ttsd_test_no_such_module" in rows["broken"]["detail"]


@pytest.mark.usefixtures("foreign_package")
def test_check_tries_every_promise_and_every_attack(ttsd) -> None:
    code, out, _ = ttsd("sandbox", "check", "foreign", "--json")
    results = json.loads(out)
    failed = {result["name"] for result in results if result["failure"]}
    assert {result["name"] for result in results} == {check.name for check in (*CONTRACT, *CANARIES)}
    assert code == (1 if failed else 0)


@pytest.mark.usefixtures("foreign_package")
def test_check_fails_with_1_and_the_failures(ttsd) -> None:
    code, out, _ = ttsd("sandbox", "check", "leaky")
    assert code == 1
    assert out.count("FAIL ") == len(CONTRACT) + len(CANARIES) - 1  # its probe is content
    assert "out of order" in out


def test_an_unknown_sandbox_is_a_sentence_with_the_known_ones(ttsd) -> None:
    code, _, err = ttsd("sandbox", "check", "no-such")
    assert code == 2
    assert "unknown sandbox 'no-such'; use auto or one of: " in err
    assert "bubblewrap" in err


@pytest.mark.usefixtures("foreign_package")
def test_doctor_attacks_what_works_and_says_what_auto_takes(ttsd) -> None:
    code, out, _ = ttsd("sandbox", "doctor", "--json")
    found = json.loads(out)
    attacked = {row["name"]: [each["failure"] for each in row["canaries"]] for row in found["sandboxes"]}
    assert attacked["bubblewrap"] == [""] * 12
    assert attacked["leaky"] == ["RuntimeError: out of order"] * 12
    assert attacked["unusable"] == []
    assert {"kernel", "cgroups", "runc"} <= set(found["machine"])
    assert (code == 0) == bool(found["auto"])
    assert found["auto"] in (*attacked, "docker+runsc", "")


@pytest.mark.usefixtures("foreign_package")
def test_doctor_does_not_offer_what_an_attack_got_through(ttsd) -> None:
    lines = ttsd("sandbox", "doctor").out.splitlines()
    assert any(
        line.startswith("leaky ") and line.endswith("0 of 12 attacks held, so it is not offered") for line in lines
    )
    assert any(line.startswith("unusable ") and "cannot be used: the stars are wrong" in line for line in lines)
    assert lines[-1].startswith("auto ")
