#: status = "pass"
import os
import sys

if len(sys.argv) > 1:
    print(sum(map(int, sys.argv[1:])))
else:
    input()
    os.execv(sys.executable, [sys.executable, __file__, *input().split()])
