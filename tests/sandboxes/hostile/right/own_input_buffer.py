# How contest programmers read quickly: the size of the descriptor, then os.read.
#: status = "pass"
import io
import os
import sys


class FastInput(io.RawIOBase):
    def __init__(self):
        self.buffer = io.BytesIO()

    def readline(self):
        while True:
            data = os.read(0, max(os.fstat(0).st_size, 8192))
            if not data:
                break
            place = self.buffer.tell()
            self.buffer.seek(0, 2)
            self.buffer.write(data)
            self.buffer.seek(place)
        return self.buffer.readline()


sys.stdin = FastInput()
sys.stdin.readline()
out = io.StringIO()
sys.stdout = out
print(sum(map(int, sys.stdin.readline().split())))
os.write(1, out.getvalue().encode())
