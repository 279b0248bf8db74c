#: status = "pass"
import signal


class Late(Exception):
    pass


def late(number, frame):
    raise Late


signal.signal(signal.SIGALRM, late)
signal.setitimer(signal.ITIMER_REAL, 0.05)
input()
line = input()
try:
    while True:
        pass
except Late:
    print(sum(map(int, line.split())))
