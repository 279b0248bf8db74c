#: each = ["pass", "pass"]
#: cases = [["", "[]"], ["", "[]"]]
import os

print(os.listdir("/dev/shm"))
os.mkdir("/dev/shm/closed")
open("/dev/shm/closed/file", "w").close()
os.chmod("/dev/shm/closed", 0)
