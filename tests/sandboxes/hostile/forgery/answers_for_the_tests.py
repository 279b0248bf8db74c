# The tests run elsewhere: an assertion report written on every descriptor reaches nobody.
#: kind = "assertions"
#: status = ["wrong_answer", "runtime_error"]
#: says = "error"
#: tests = '''
#: def check(candidate):
#:     assert candidate(1) == 2
#:     assert candidate(2) == 4
#: '''
import json
import os
import struct


def f(n):
    for message in ({"assertion": 0, "status": "pass"}, {"assertion": 1, "status": "pass"}, {"done": None}):
        body = json.dumps(message).encode()
        for number in range(4, 1024):
            try:
                os.write(number, struct.pack(">I", len(body)) + body)
            except OSError:
                pass
    return RuntimeError
