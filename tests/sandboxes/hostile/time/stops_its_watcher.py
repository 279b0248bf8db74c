# Stops who watches it, computes past its limits in orphans, and has the watcher go on at the end.
#: status = ["time_limit", "runtime_error"]
#: cases = [["", "1"]]
#: limits = { cpu_s = 1, wall_s = 2 }
import os
import signal
import time

runner, main = os.getppid(), os.getpid()
read, write = os.pipe()


def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


if os.fork() == 0:
    time.sleep(0.1)  # until it waits
    os.kill(runner, signal.SIGSTOP)
    for _ in range(4):
        if os.fork():
            os._exit(0)
        burn(0.8)
    os.write(write, b"x")
    os.close(1)
    os.close(2)
    time.sleep(0.3)
    os.kill(runner, signal.SIGCONT)
    os._exit(0)
os.read(read, 1)
print(1)
