# Goes to the host of a virtual machine, through every network namespace.
#: status = "wrong_answer"
#: says = "closed"
import socket

try:
    socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
    print("open")
except OSError:
    print("closed")
