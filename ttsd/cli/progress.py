"""What a person, a pipe or a program sees while a run goes on. Talk goes to stderr, JSON to stdout."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from ttsd.cli.terminal import harmless
from ttsd.record import Record
from ttsd.report.events import attempt_event, step_event
from ttsd.report.wording import describe_rollout, describe_step, duration
from ttsd.types import Rollout, Step

Show = Callable[[str, dict[str, Any]], None]  # a line for people, the same as an event for programs


class Watch:
    """Tells `show` what happens, and turns Ctrl-C into a polite end: once to finish the group, twice to leave now."""

    def __init__(self, record: Record, budget: int) -> None:
        self._record, self._budget = record, budget
        self._show: Show = plain_lines
        self._began = (len(record.rollouts), record.elapsed)
        self.stop_requested = False

    def rollout(self, rollout: Rollout) -> None:
        self._show(describe_rollout(rollout), attempt_event(rollout) | {"left_s": self._seconds_left()})

    def step(self, step: Step) -> None:
        self._show(describe_step(step), step_event(step))

    def note(self, text: str) -> None:
        """Something worth saying that is neither an attempt nor a step."""
        self._show(text, {"event": "note", "text": text})

    def status(self) -> str:
        """One line: attempts used, the best so far, the time left if the whole budget is needed."""
        rollouts, left = self._record.rollouts, self._seconds_left()
        best = max((rollout.verdict.fraction_passed for rollout in rollouts), default=0.0)
        parts = [
            f"attempt {len(rollouts)} of {self._budget}",
            f"best {best:.0%} of tests",
            duration(self._record.elapsed),
        ]
        return ", ".join([*parts, f"{duration(left)} left at most"] if left is not None else parts)

    def _seconds_left(self) -> float | None:
        done, took = len(self._record.rollouts) - self._began[0], self._record.elapsed - self._began[1]
        return (self._budget - len(self._record.rollouts)) * took / done if done else None

    @contextmanager
    def showing(self, *, as_json: bool) -> Iterator[None]:
        """Live on a terminal, plain lines otherwise, JSON where a program asks for it; with Ctrl-C caught."""
        with self._catching_interrupts():
            if as_json:
                self._show = json_lines
                yield
            elif sys.stderr.isatty():
                with live(self.status) as self._show:
                    yield
            else:
                yield

    @contextmanager
    def _catching_interrupts(self) -> Iterator[None]:
        def first(number: int, frame: FrameType | None) -> None:
            self.stop_requested = True
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._show(
                "Stopping after this group; Ctrl-C again leaves now. Nothing recorded is lost.", {"event": "stopping"}
            )

        before = signal.signal(signal.SIGINT, first)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def plain_lines(line: str, event: dict[str, Any]) -> None:
    """For pipes and log files."""
    click.echo(harmless(line), err=True)


def json_lines(line: str, event: dict[str, Any]) -> None:
    """For programs: one object a line on stdout."""
    click.echo(json.dumps(event))


@contextmanager
def live(status: Callable[[], str]) -> Iterator[Show]:
    """For a terminal: lines scroll by above one that is kept up to date."""
    from rich.console import Console
    from rich.live import Live
    from rich.spinner import Spinner

    class Status:
        spinner = Spinner("dots")

        def __rich__(self) -> Spinner:
            self.spinner.update(text=status())
            return self.spinner

    console = Console(stderr=True, highlight=False)
    with Live(Status(), console=console, refresh_per_second=4, transient=True):
        yield lambda line, event: console.print(harmless(line), markup=False, soft_wrap=True)
