#: status = "wrong_answer"
#: says = ["Wrong answer", "(nothing)"]
import os

os._exit(256)
