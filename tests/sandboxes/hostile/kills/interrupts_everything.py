#: each = ["runtime_error", "pass"]
#: cases = [["kill", "ok"], ["live", "ok"]]
#: says = "rror"
import os
import signal

if input() == "kill":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGUSR1):
        os.kill(-1, number)
    os._exit(1)
print("ok")
