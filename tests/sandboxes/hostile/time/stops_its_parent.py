#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { wall_s = 0.5 }
#: grace_s = 1.0
#: says = "ran for more than"
import os
import signal
import time

os.kill(os.getppid(), signal.SIGSTOP)
time.sleep(60)
