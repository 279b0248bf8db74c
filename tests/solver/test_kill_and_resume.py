"""kill -9 at random instants: nothing is lost, nothing is sampled twice, and the discovery time stays the same."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from scripted_run import RIGHT

from ttsd.record import load_result, load_rollouts, load_steps

SCRIPT = Path(__file__).with_name("scripted_run.py")
KILLS = 20


def start(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(SCRIPT), str(folder)])


def finish(folder: Path) -> None:
    assert start(folder).wait(60) == 0


def test_twenty_kills_leave_the_run_as_if_undisturbed(tmp_path) -> None:
    undisturbed, disturbed = tmp_path / "a" / "run", tmp_path / "b" / "run"
    undisturbed.parent.mkdir()
    disturbed.parent.mkdir()
    finish(undisturbed)

    instants, seen = random.Random(0), set()
    for _ in range(KILLS):
        before = _progress(disturbed)
        process = start(disturbed)
        deadline = time.monotonic() + 30
        # The import takes far longer than the work: wait for the first sign of it, then a random while.
        while _progress(disturbed) == before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(instants.random() * 0.02)
        process.kill()
        process.wait()
        seen |= _recorded(disturbed)
        assert seen == _recorded(disturbed), "an attempt that was recorded before a kill is gone"
        assert not (disturbed / "result.json").exists(), "the run ended before its twentieth kill: slow it down"
    finish(disturbed)

    assert _essence(disturbed) == _essence(undisturbed)
    result = load_result(disturbed)
    assert result is not None
    assert result.status == "solved"
    assert result.solution is not None
    assert result.solution.attempt.k == RIGHT
    sampled = Counter(map(int, (disturbed.parent / "sampled.log").read_text().split()))
    assert set(sampled.values()) == {1}, f"sampled more than once: {sampled}"


def _progress(folder: Path) -> int:
    total = 0
    for path in folder.glob("*.jsonl"):
        with suppress(FileNotFoundError):  # a finished group takes one away
            total += path.stat().st_size
    return total


def _recorded(folder: Path) -> set[int]:
    return {rollout.attempt.k for rollout in load_rollouts(folder)}


def _essence(folder: Path) -> object:
    """All that must not depend on when the run was killed."""
    rollouts = [(each.attempt.k, each.attempt.policy_version, each.attempt.response) for each in load_rollouts(folder)]
    steps = [(step.group, step.policy_version, step.action) for step in load_steps(folder)]
    learned = {path.parent.name: path.read_text() for path in (folder / "adapters").glob("*/learned")}
    lines = Counter(json.loads(line)["attempt"]["k"] for line in (folder / "rollouts.jsonl").read_text().splitlines())
    return rollouts, steps, learned, lines
