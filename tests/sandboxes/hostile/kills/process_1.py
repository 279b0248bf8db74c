#: status = ["pass", "runtime_error"]
#: cases = [["kill", "ok"], ["live", "ok"]]
import os
import signal

if input() == "kill":
    for number in signal.valid_signals() - {signal.SIGSTOP}:
        os.kill(1, number)
print("ok")
