#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { cpu_s = 1 }
#: says = "more than 1 s of CPU time"
while True:
    pass
