#: each = ["pass", "wrong_answer"]
#: cases = [["", "1"], ["", "2"]]
import ctypes
import platform

add_key, keyctl = {"x86_64": (248, 250), "aarch64": (217, 219)}[platform.machine()]
libc = ctypes.CDLL(None)
found = 1
for ring in (-1, -2, -3, -4, -5):  # of the thread, the process, the session, the user, the user's session
    if libc.syscall(keyctl, 10, ring, b"user", b"left-<mark>", 0) > 0:
        found = 2
    libc.syscall(add_key, b"user", b"left-<mark>", b"1", 1, ring)
print(found)
