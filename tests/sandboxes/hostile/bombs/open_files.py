#: status = "runtime_error"
#: cases = [["", "1"]]
#: says = "Too many open files"
kept = []
while True:
    kept.append(open("/dev/null"))
