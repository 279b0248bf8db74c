#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { cpu_s = 1 }
#: says = "CPU time"
def forever():
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue


forever()
