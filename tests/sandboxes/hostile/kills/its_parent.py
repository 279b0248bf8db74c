#: each = ["runtime_error", "pass"]
#: cases = [["kill", "ok"], ["live", "ok"]]
#: says = "ended the process that runs it"
import os
import signal
import time

if input() == "kill":
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(5)
print("ok")
