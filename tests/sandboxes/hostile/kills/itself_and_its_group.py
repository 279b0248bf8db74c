#: each = ["runtime_error", "pass"]
#: cases = [["kill", "ok"], ["live", "ok"]]
#: says = "killed"
import os
import signal

if input() == "kill":
    os.killpg(0, signal.SIGKILL)
print("ok")
