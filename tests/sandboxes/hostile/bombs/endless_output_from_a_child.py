#: status = "output_limit"
#: cases = [["", "1"]]
#: says = "to standard output"
import os
import time

if os.fork() == 0:
    os.setsid()
    while True:
        os.write(1, b"6" * 65536)
time.sleep(30)
