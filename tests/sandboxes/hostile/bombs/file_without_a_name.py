# Deleted and still open: no listing shows it.
#: status = "runtime_error"
#: cases = [["", "1"]]
#: limits = { file_bytes = 8388608, wall_s = 10 }
#: says = "No space left on device"
import os

kept = []
while True:
    kept.append(os.open(".", os.O_RDWR | os.O_TMPFILE))
    os.write(kept[-1], bytes(4 << 20))
