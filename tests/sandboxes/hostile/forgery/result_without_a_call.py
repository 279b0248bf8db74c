# Descriptor 3 takes the result of a call. What is written there is an answer like any other.
#: kind = "function"
#: status = "wrong_answer"
#: cases = [[["x"], "{secret}"]]
#: says = "Wrong answer"
import json
import os

os.write(3, json.dumps({"value": "guessed"}).encode())
os._exit(0)
