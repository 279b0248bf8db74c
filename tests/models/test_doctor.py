"""The doctor finds, and never falls ill itself."""

from pathlib import Path

import pytest

from ttsd.doctor import Finding, _cache, _taken, _tried, findings


def by_subject() -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings()}


def test_every_finding_that_is_not_ok_has_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTSD_CACHE", str(tmp_path / "empty"))
    found = by_subject()
    assert all(finding.ok or finding.remedy for finding in found.values())
    assert not found["embedded model"].ok
    assert "ttsd models pull" in found["embedded model"].remedy


def test_looking_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTSD_CACHE", str(tmp_path / "empty"))
    findings()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["/proc/ttsd", "file/cache", "file"])
def test_a_cache_that_cannot_be_written_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TTSD_CACHE", str(tmp_path / place))
    found = _cache()
    assert not found.ok
    assert found.remedy.startswith("Set TTSD_CACHE to a folder that you can write")


def test_something_broken_is_a_finding() -> None:
    def broken() -> Finding:
        raise ImportError("libfoo.so: cannot open shared object file\nand more")

    found = _tried("torch", broken)
    assert (found.ok, found.detail) == (False, "ImportError: libfoo.so: cannot open shared object file")


@pytest.mark.bubblewrap
def test_a_working_sandbox_has_judged_a_program() -> None:
    found = by_subject()["sandbox bubblewrap"]
    assert found.ok, found.detail


@pytest.mark.parametrize(
    ("working", "told"),
    [
        (["sandbox bubblewrap", "sandbox landlock"], "takes bubblewrap"),
        (["sandbox unsafe-subprocess"], "no sandbox works here"),
    ],
)
def test_what_auto_takes_is_told(working: list[str], told: str) -> None:
    found = _taken(working)
    assert found.detail == told
    assert found.needed
    assert found.ok is told.startswith("takes")


@pytest.mark.bubblewrap
def test_one_sandbox_is_enough() -> None:
    found = by_subject()
    assert not found["sandbox unsafe-subprocess"].ok
    assert not found["sandbox unsafe-subprocess"].needed
    assert found["sandbox auto"].ok
