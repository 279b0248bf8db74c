#: status = "runtime_error"
#: says = "killed"
import os
import signal

input()
print(sum(map(int, input().split())), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
