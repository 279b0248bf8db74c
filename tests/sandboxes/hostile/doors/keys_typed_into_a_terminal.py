#: status = "wrong_answer"
#: says = "no terminal"
import fcntl
import os
import termios

typed = False
for path in ("/dev/tty", "/dev/console", "/dev/pts/0", "/proc/self/fd/0", "/proc/self/fd/2"):
    try:
        terminal = os.open(path, os.O_RDWR | os.O_NOCTTY)
        fcntl.ioctl(terminal, termios.TIOCSTI, b"x")
        typed = True
    except OSError:
        continue
print("typed" if typed else "no terminal")
