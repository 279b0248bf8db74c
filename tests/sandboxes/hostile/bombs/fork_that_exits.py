# Parents end at once, so that no process lives long enough to be counted.
#: status = ["wrong_answer", "runtime_error", "time_limit"]
#: cases = [["", "1"]]
#: limits = { wall_s = 1, processes = 30 }
import os

while True:
    try:
        if os.fork():
            os._exit(0)
        os.setsid()
    except OSError:
        pass
