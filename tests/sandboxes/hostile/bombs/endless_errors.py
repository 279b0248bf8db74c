#: status = "output_limit"
#: cases = [["", "1"]]
#: says = "to standard error"
import os

while True:
    os.write(2, b"6" * 65536)
