#: each = ["runtime_error", "pass"]
#: cases = [["kill", "ok"], ["live", "ok"]]
#: says = "ended the process that runs it"
import os
import signal

if input() == "kill":
    for pid in range(2, 1 << 16):
        if pid != os.getpid():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue
print("ok")
