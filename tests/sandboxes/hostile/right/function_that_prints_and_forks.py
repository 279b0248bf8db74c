#: kind = "function"
#: status = "pass"
#: cases = [[[[1, 2, 3]], [6, [1, 2, 3]]], [[[5, 5]], [10, [5, 5]]]]
import os
import sys
import threading


def f(numbers):
    print("looking at", numbers)
    print("x" * 100_000, file=sys.stderr)
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, str(sum(numbers)).encode())
        os._exit(0)
    os.wait()
    found = []
    thread = threading.Thread(target=lambda: found.append(int(os.read(read, 100))))
    thread.start()
    thread.join()
    return found[0], numbers
