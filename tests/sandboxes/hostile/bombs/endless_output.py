#: status = "output_limit"
#: cases = [["", "1"]]
#: says = "to standard output"
while True:
    print("6" * 1000)
