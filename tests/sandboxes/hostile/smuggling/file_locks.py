# A lock on a file that every sandbox shares is a bit that others can read.
#: each = ["pass", "wrong_answer"]
#: cases = [["", "1"], ["", "2"]]
import fcntl
import os
import time

held = os.open("/usr/bin/python3", os.O_RDONLY)
try:
    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print(1, flush=True)
except OSError:
    print(2, flush=True)
if os.fork() == 0:
    os.setsid()
    time.sleep(<mark>)
