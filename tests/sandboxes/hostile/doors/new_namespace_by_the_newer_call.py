# clone3 keeps its flags behind a pointer, where a filter cannot look.
#: status = "wrong_answer"
#: says = "-1"
import ctypes
import os

arguments = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, 17)
answer = ctypes.CDLL(None).syscall(435, arguments, ctypes.sizeof(arguments))
if answer == 0:
    os._exit(0)
print(answer)
