#: each = ["pass", "pass"]
import os
import signal

input()
print(sum(map(int, input().split())), flush=True)
if os.fork() == 0:
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    os.execv("/bin/sleep", ["sleep", "<mark>"])
