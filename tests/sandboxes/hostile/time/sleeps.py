#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { wall_s = 0.5 }
#: says = "ran for more than 0.5 s"
import time

time.sleep(60)
