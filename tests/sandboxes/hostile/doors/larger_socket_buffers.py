# What waits in a socket is memory of the kernel, which no limit on a process counts.
#: status = "wrong_answer"
#: says = "grown: False"
import contextlib
import socket

one, other = socket.socketpair()
before = one.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
with contextlib.suppress(OSError):
    one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * before)
print("grown:", one.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) > before)
