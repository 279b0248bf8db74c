#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { wall_s = 0.5 }
#: says = "ran for more than"
import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)
