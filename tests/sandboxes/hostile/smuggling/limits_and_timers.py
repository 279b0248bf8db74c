# Limits, priorities, timers and signal settings of an earlier case.
#: each = ["pass", "wrong_answer"]
#: cases = [["", "1"], ["", "2"]]
import os
import resource
import signal

marks = [
    os.nice(0) != 0,
    signal.getsignal(signal.SIGUSR1) is not signal.SIG_DFL,
    signal.getitimer(signal.ITIMER_REAL)[0] > 0,
    resource.getrlimit(resource.RLIMIT_CORE)[0] == 4096,
    os.umask(0o077) == 0o077,
]
print(2 if any(marks) else 1)
os.nice(5)
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
signal.setitimer(signal.ITIMER_REAL, 1000)
