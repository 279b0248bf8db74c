#: status = "pass"
import sys

sys.stdin.buffer.readline()
sys.stdout.buffer.write(b"%d\n" % sum(map(int, sys.stdin.buffer.readline().split())))
