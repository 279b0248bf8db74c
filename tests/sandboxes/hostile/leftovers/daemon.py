# Twice forked, in a session of its own: nobody's child.
#: each = ["pass", "pass"]
#: cases = [["", "alone"], ["", "alone"]]
import os
import time

try:
    pids = os.listdir("/proc")
except OSError:
    pids = []
others = [pid for pid in pids if pid.isdigit() and pid not in ("1", str(os.getpid()), str(os.getppid()))]
print("alone" if not others else others, flush=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open("alive", "w").close()
        os.execv("/bin/sleep", ["sleep", "<mark>"])
    os._exit(0)
while not os.path.exists("alive"):
    time.sleep(0.01)
