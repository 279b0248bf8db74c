#: each = ["runtime_error", "pass"]
#: cases = [["kill", "ok"], ["live", "ok"]]
#: says = "ended the process that runs it"
import os
import signal

if input() == "kill":
    os.kill(-1, signal.SIGKILL)
print("ok")
