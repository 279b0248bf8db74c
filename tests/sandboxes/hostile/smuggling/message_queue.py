#: each = ["pass", "wrong_answer"]
#: cases = [["", "1"], ["", "2"]]
import ctypes
import os

library = ctypes.CDLL("librt.so.1")
print(2 if library.mq_open(b"/left-<mark>", os.O_RDONLY) >= 0 else 1)
library.mq_open(b"/left-<mark>", os.O_CREAT | os.O_RDWR, 0o600, None)
