#: status = "pass"
import os
import subprocess
import sys

if "again" in sys.argv:
    print(sum(map(int, input().split())))
else:
    input()
    again = [sys.executable, os.path.abspath(__file__), "again"]
    print(subprocess.run(again, input=input(), capture_output=True, text=True, check=True).stdout)
