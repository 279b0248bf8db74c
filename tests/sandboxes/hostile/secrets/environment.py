# Only what a program needs is there, and nothing of the host's.
#: status = "wrong_answer"
#: says = "nothing found"
import os

usual = {"PATH", "LANG", "HOME", "PWD", "LC_CTYPE", "SHLVL", "_", "PYTHONHASHSEED", "TMPDIR"}
found = set(os.environ)
try:
    pids = os.listdir("/proc")
except OSError:
    pids = [str(os.getppid()), "1"]
for pid in filter(str.isdigit, pids):
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            found |= {entry.partition(b"=")[0].decode() for entry in file.read().split(b"\0") if entry}
    except OSError:
        continue
print(*sorted(found - usual) or ["nothing found"])
