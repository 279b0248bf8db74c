# Each time costs a fresh sandbox, so it is not run for ever: its last case would be right.
#: each = ["runtime_error", "runtime_error", "runtime_error", "runtime_error"]
#: cases = [["kill", "ok"], ["kill", "ok"], ["kill", "ok"], ["live", "ok"]]
#: says = "ended the process that runs it"
import os
import signal
import time

if input() == "kill":
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(5)
print("ok")
