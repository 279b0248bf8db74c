#: each = ["pass", "pass"]
#: cases = [["", "[]"], ["", "[]"]]
import os

print(sorted({*os.listdir("."), *os.listdir(os.environ["HOME"])} - {"program.py", "preamble.py"}))
os.mkdir("closed")
open("closed/file", "w").close()
os.symlink("/", "root")
os.mkfifo("pipe")
open(b"\xff\n\x1b[31m", "w").close()
os.chmod("closed/file", 0)
os.chmod("closed", 0)
os.chmod(".", 0)
