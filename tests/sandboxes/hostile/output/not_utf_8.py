#: status = "wrong_answer"
#: says = "Wrong answer"
import os

os.write(1, b"6\xff\xfe\n")
