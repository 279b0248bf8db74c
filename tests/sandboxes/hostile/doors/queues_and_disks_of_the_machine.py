# Calls that take what all programs of the machine share, or wait for what others write.
#: status = "wrong_answer"
#: says = "done: none"
import ctypes
import os

x86 = os.uname().machine == "x86_64"
libc = ctypes.CDLL(None)
usr = os.open("/usr/bin", os.O_RDONLY)
context, rules = ctypes.c_ulong(), (ctypes.c_uint64 * 3)(1, 0, 0)
done = []
for name, call in {
    "asynchronous requests": (206 if x86 else 0, 1000, ctypes.byref(context)),
    "writing all disks": (162 if x86 else 81,),
    "writing one disk": (306 if x86 else 267, usr),
    "rules of Landlock": (444, ctypes.byref(rules), ctypes.c_size_t(8), 0),
}.items():
    if libc.syscall(*call) >= 0:
        done.append(name)
print("done:", *done or ["none"])
