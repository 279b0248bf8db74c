# SIGXCPU comes first and may be handled; a handler that forks would have a fresh limit in the child.
#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { cpu_s = 1, wall_s = 15 }
#: says = "CPU time"
import os
import signal


def again(number, frame):
    if os.fork():
        os.wait()


signal.signal(signal.SIGXCPU, again)
while True:
    pass
