#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { wall_s = 1, processes = 30 }
#: says = "more than"
import os

while True:
    try:
        os.fork()
    except OSError:
        pass
