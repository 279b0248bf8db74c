#: status = "wrong_answer"
#: says = ["Wrong answer", "(nothing)"]
import sys

sys.exit(0)
