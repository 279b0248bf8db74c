#: status = "wrong_answer"
#: says = "refused refused"
import ctypes
import os

libc = ctypes.CDLL(None)
answers = [libc.ptrace(16, pid, 0, 0) for pid in (os.getppid(), 1)]
print(*("refused" if answer == -1 else "attached" for answer in answers))
