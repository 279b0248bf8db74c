#: status = ["wrong_answer", "runtime_error"]
#: says = "closed closed closed"
import socket


def attempt(action):
    try:
        action()
        return "open"
    except OSError:
        return "closed"


print(
    attempt(lambda: socket.create_connection(("1.1.1.1", 53), timeout=1)),
    attempt(lambda: socket.create_connection(("169.254.169.254", 80), timeout=1)),
    attempt(lambda: socket.getaddrinfo("example.org", 80)),
)
