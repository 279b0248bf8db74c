#: status = "wrong_answer"
#: says = "-1 -1 -1"
import ctypes
import platform

numbers = {"x86_64": (248, 249, 250), "aarch64": (217, 218, 219)}[platform.machine()]
libc = ctypes.CDLL(None)
add_key, request_key, keyctl = numbers
print(
    libc.syscall(add_key, b"user", b"x", b"y", 1, -3),
    libc.syscall(request_key, b"user", b"x", None, -3),
    libc.syscall(keyctl, 0, -3, 1),
)
