#: each = ["pass", "pass"]
import os
import signal

input()
print(sum(map(int, input().split())), flush=True)
if (child := os.fork()) == 0:
    os.execv("/bin/sleep", ["sleep", "<mark>"])
os.kill(child, signal.SIGSTOP)
