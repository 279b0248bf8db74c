# Stops who watches it, takes more memory than it may in several processes, and has the watcher go on at the end.
#: status = ["memory_limit", "runtime_error"]
#: cases = [["", "1"]]
#: limits = { memory_bytes = 67108864, wall_s = 5 }
import os
import signal
import time

runner = os.getppid()
os.kill(runner, signal.SIGSTOP)
children = []
for _ in range(8):
    child = os.fork()
    if child == 0:
        block = bytearray(os.urandom(1 << 16) * 640)
        time.sleep(0.5)
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
if os.fork() == 0:
    time.sleep(0.3)
    os.kill(runner, signal.SIGCONT)
    os._exit(0)
print(1)
