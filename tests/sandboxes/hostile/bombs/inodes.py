#: status = ["runtime_error", "time_limit"]
#: cases = [["", "1"]]
#: limits = { cpu_s = 6, wall_s = 30 }
#: says = "No space left on device"
import os

number = 0
while True:
    os.mkdir(str(number))
    number += 1
