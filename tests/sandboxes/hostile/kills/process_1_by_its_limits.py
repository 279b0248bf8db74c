# Gives process 1 no CPU time and then lets it bury one orphan after another.
#: status = ["runtime_error", "time_limit"]
#: cases = [["", "1"]]
#: limits = { cpu_s = 1, wall_s = 3 }
import os
import resource

resource.prlimit(1, resource.RLIMIT_CPU, (0, 0))
while True:
    if os.fork() == 0:
        for _ in range(20):
            if os.fork() == 0:
                os._exit(0)
        os._exit(0)
    os.wait()
