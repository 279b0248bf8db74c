"""A Ctrl-C in the terminal goes to every process of the foreground group. It must not look like a failed attempt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.bubblewrap

JUDGE = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
from sandboxes.sandbox import open_sandbox
from sandboxes.types import Case, Checks, Program, Tier
from sandboxes.verifiers.base import make_verifier
verifier = make_verifier(Checks("stdio", (Case("1", Tier.SAMPLE, "", "done"),)), open_sandbox("bubblewrap"))
print("judging", flush=True)
print(verifier.verify(Program("import time; time.sleep(2); print('done')")).status)
"""


def test_ctrl_c_does_not_reach_the_sandbox() -> None:
    process = subprocess.Popen([sys.executable, "-c", JUDGE], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "judging\n"
    time.sleep(0.7)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=60)[0] == "pass\n"
