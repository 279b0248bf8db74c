# Every number that the kernel knows, each as stream, datagram, raw and packet socket.
#: status = "wrong_answer"
#: says = "open: none"
import socket

opened = set()
for family in range(1, 50):
    for kind in (1, 2, 3, 5):
        try:
            socket.socket(family, kind).close()
        except OSError:
            continue
        opened.add("AF_UNIX" if family == 1 else str(family))
opened.discard("AF_UNIX")
print("open: none" if not opened else "opened: " + " ".join(sorted(opened)))
