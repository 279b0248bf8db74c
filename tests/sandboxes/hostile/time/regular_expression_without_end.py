#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { cpu_s = 1 }
#: says = "CPU time"
import re

print(re.match(r"(a|a)*b", "a" * 60))
