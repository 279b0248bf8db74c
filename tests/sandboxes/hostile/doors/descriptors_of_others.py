#: status = "wrong_answer"
#: says = "refused refused"
import ctypes
import os

libc = ctypes.CDLL(None)
answers = []
for pid in (os.getppid(), 1):
    process = os.pidfd_open(pid)
    answers.append(max(libc.syscall(438, process, number, 0) for number in range(128)))
print(*("refused" if answer == -1 else "taken" for answer in answers))
