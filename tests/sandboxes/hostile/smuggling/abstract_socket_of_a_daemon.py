#: each = ["pass", "wrong_answer"]
#: cases = [["", "1"], ["", "2"]]
import os
import socket
import time

server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
try:
    server.bind("\0left-<mark>")
    print(1, flush=True)
except OSError:
    print(2, flush=True)
if os.fork() == 0:
    os.setsid()
    time.sleep(<mark>)
