# The shape of what the runner tells the host, with a length in front.
#: status = "runtime_error"
#: says = "Runtime error"
import json
import os
import struct

told = {"reason": "exit", "exit_code": 0, "signal": None, "stdout": "6\n", "stderr": "", "result": ""}
body = json.dumps({**told, "cpu_s": 0.0, "wall_s": 0.0, "clean": True}).encode()
frame = struct.pack(">I", len(body)) + body
for number in range(1024):
    try:
        os.set_blocking(number, False)
        os.write(number, 3 * frame)
    except OSError:
        pass
os._exit(1)
